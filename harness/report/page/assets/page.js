(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const cases = [...document.querySelectorAll("details.case")];
  const query = document.getElementById("q");
  const tag = document.getElementById("tag");
  const boxes = [...document.querySelectorAll("input[name=outcome]")];
  const shown = document.getElementById("shown");

  // A closed case is plain text inside <noscript>: the browser builds nothing of it until it is opened.
  const fill = (one) => {
    const kept = one.querySelector(":scope > noscript");
    if (kept) {
      const built = document.createElement("div");
      built.innerHTML = kept.textContent;
      kept.replaceWith(...built.childNodes);
    }
  };
  const texts = new Map();
  const textOf = (one) => {
    if (!texts.has(one)) texts.set(one, [one.querySelector("summary").textContent, one.dataset.tags, one.dataset.words].join(" ").toLowerCase());
    return texts.get(one);
  };

  const apply = () => {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const outcomes = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let count = 0;
    for (const one of cases) {
      const fits = outcomes.has(one.dataset.outcome) &&
        (!tag || !tag.value || one.dataset.tags.split(" ").includes(tag.value)) &&
        words.every((word) => textOf(one).includes(word));
      one.hidden = !fits;
      if (fits) count += 1;
    }
    shown.textContent = count === cases.length ? `all ${count} cases` : `${count} of ${cases.length} cases`;
  };
  const address = () => {
    const parts = new URLSearchParams();
    if (query.value) parts.set("q", query.value);
    if (tag && tag.value) parts.set("tag", tag.value);
    if (boxes.some((box) => !box.checked)) parts.set("outcome", boxes.filter((box) => box.checked).map((box) => box.value).join(","));
    return parts.toString();
  };
  const changed = () => {
    apply();
    history.replaceState(null, "", "#" + (address() ? "?" + address() : ""));
  };

  const show = (id) => {
    const one = document.getElementById(id.split("~")[0]);
    if (!one || !one.matches("details.case")) return;
    one.hidden = false;
    fill(one);
    one.open = true;
    const target = document.getElementById(id);
    if (!target) return;
    for (let up = target; up && up !== one; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    const inner = target.querySelector(":scope > details");
    if (inner) inner.open = true;
    target.scrollIntoView({block: target === one ? "start" : "center", inline: "center"});
    if (target === one) one.querySelector("summary").focus({preventScroll: true});
    else {
      if (!target.matches("a, summary, [tabindex]")) target.tabIndex = -1;
      target.focus({preventScroll: true});
      target.classList.remove("flash");
      void target.getBoundingClientRect();
      target.classList.add("flash");
    }
  };
  const follow = () => {
    const said = decodeURIComponent(location.hash.slice(1));
    if (said && !said.startsWith("?")) return show(said);
    const parts = new URLSearchParams(location.hash.slice(2));
    query.value = parts.get("q") || "";
    if (tag) tag.value = parts.get("tag") || "";
    const only = parts.get("outcome");
    for (const box of boxes) box.checked = only === null || only.split(",").includes(box.value);
    apply();
  };

  document.addEventListener("toggle", (event) => {
    if (event.target.matches && event.target.matches("details.case") && event.target.open) fill(event.target);
  }, true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) show(decodeURIComponent(location.hash.slice(1)));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.matches("input, select")) {
      event.preventDefault();
      query.focus();
    }
  });
  const form = document.querySelector(".filter");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", changed);
  form.addEventListener("reset", () => setTimeout(changed));
  window.addEventListener("hashchange", follow);
  apply();
  follow();
})();
