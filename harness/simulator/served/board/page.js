// Replaces what is shown by a fresh copy: while a clock moves, and as long as somebody follows. Works without, by reloading.
(function () {
  var follow = document.getElementById("follow");
  follow.hidden = false;
  follow.addEventListener("click", function () {
    follow.setAttribute("aria-pressed", follow.getAttribute("aria-pressed") === "true" ? "false" : "true");
  });
  function refresh() {
    var main = document.getElementById("main");
    var wanted = follow.getAttribute("aria-pressed") === "true" || main.hasAttribute("data-moving");
    var busy = main.contains(document.activeElement) && document.activeElement !== document.body && !main.hasAttribute("data-moving");
    if (!wanted || busy) return;
    fetch(location.href.split("#")[0].replace(/[?&]problem=[^&]*/, "")).then(function (answer) { return answer.text(); }).then(function (text) {
      var fresh = new DOMParser().parseFromString(text, "text/html").getElementById("main");
      var open = {};
      main.querySelectorAll("details[data-invoice]").forEach(function (each) { open[each.dataset.invoice] = each.open; });
      fresh.querySelectorAll("details[data-invoice]").forEach(function (each) {
        if (each.dataset.invoice in open) each.open = open[each.dataset.invoice];
      });
      main.replaceWith(fresh);
    }).catch(function () { /* the server has stopped: what was shown stays */ });
  }
  setInterval(refresh, 700);
})();
