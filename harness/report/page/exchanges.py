"""The trace as a reader sees it: exchanges as curl and Python commands, and what happened between them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.history import wording
from harness.history.entries import (
    Advanced,
    Called,
    CaseEnded,
    CaseStarted,
    Claimed,
    CycleDates,
    Entry,
    EventSeen,
    Labelled,
    Noted,
    NotRefused,
    Reacted,
    Refused,
    StepStarted,
    UsageCancelled,
    UsageReported,
    Waited,
)
from harness.report.page.masking import Masker

LONGEST_BODY = 8_192
API = "https://api.stripe.com"
KEY = "$STRIPE_API_KEY"


@dataclass(frozen=True)
class TraceItem:
    """An entry of the trace; an exchange has commands and an answer, anything else only words.

    Args:
        same_until: the number of the last of several like exchanges in a row that this one stands for.
    """

    n: int
    when: str
    words: str
    refused: bool = False
    curl: str = ""
    python: str = ""
    answer: str = ""
    same_until: int | None = None


def trace_items(entries: Sequence[Entry], api_version: str, masker: Masker) -> list[TraceItem]:
    """Every entry in order; polls that got the same answer as the one before are told together."""
    found: list[TraceItem] = []
    before: Called | None = None
    for entry in entries:
        if isinstance(entry, Called):
            if before is not None and _is_repeat(before, entry) and found[-1].curl:
                found[-1] = _also(found[-1], entry.n)
                continue
            found.append(_exchange(entry, api_version, masker))
            before = entry
        else:
            found.append(TraceItem(entry.n, _when(entry), _words(entry), isinstance(entry, Refused)))
    return found


def _is_repeat(before: Called, entry: Called) -> bool:
    asked = (before.method, before.path, before.params, before.status, before.answer)
    return entry.method == "GET" and asked == (
        entry.method,
        entry.path,
        entry.params,
        entry.status,
        entry.answer,
    )


def _also(item: TraceItem, n: int) -> TraceItem:
    return TraceItem(item.n, item.when, item.words, item.refused, item.curl, item.python, item.answer, n)


def _exchange(call: Called, api_version: str, masker: Masker) -> TraceItem:
    params = masker.params(call.params)
    path = masker.text(call.path)
    return TraceItem(
        n=call.n,
        when=_when(call),
        words=f"{call.method} {path} {call.status}",
        refused=call.status >= 400,
        curl=_cut(masker, curl(call.method, path, params, api_version)),
        python=_cut(masker, python(call.method, path, params, api_version)),
        answer=_cut(masker, json.dumps(masker.body(call.answer), indent=1, ensure_ascii=False)),
    )


def _cut(masker: Masker, text: str) -> str:
    return masker.text(text, LONGEST_BODY)


def curl(method: str, path: str, params: dict[str, Any], api_version: str) -> str:
    """The request as a command; the key comes from the environment."""
    how = {"GET": " -G", "POST": ""}.get(method, f" -X {method}")
    lines = [f'curl{how} {shlex.quote(API + path)} -u "{KEY}:"']
    if api_version:
        lines.append(f"  -H {shlex.quote(f'Stripe-Version: {api_version}')}")
    if path.startswith("/v2/") and method == "POST":
        lines += [
            "  -H 'Content-Type: application/json'",
            f"  -d {shlex.quote(json.dumps(params, ensure_ascii=False))}",
        ]
    else:
        lines += [f"  --data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in params.items()]
    return " \\\n".join(lines)


def python(method: str, path: str, params: dict[str, Any], api_version: str) -> str:
    """The request through Stripe's own client."""
    members = "".join(
        f",\n    {name}={value!r}" if name.isidentifier() else f",\n    **{{{name!r}: {value!r}}}"
        for name, value in nested(params).items()
    )
    version = f', stripe_version="{api_version}"' if api_version else ""
    client = f'stripe.StripeClient(os.environ["STRIPE_API_KEY"]{version})'
    return f"client = {client}\nclient.raw_request(\n    {method.lower()!r}, {path!r}{members},\n)"


def nested(params: dict[str, Any]) -> dict[str, Any]:
    """`items[0][price]` as dictionaries in each other: what the client turns back into brackets."""
    found: dict[str, Any] = {}
    for name, value in params.items():
        keys = [part.rstrip("]") for part in name.split("[")]
        inner = found
        for key in keys[:-1]:
            below = inner.setdefault(key, {})
            if not isinstance(below, dict):
                below = inner[key] = {"": below}
            inner = below
        inner[keys[-1]] = value
    return found


def _when(entry: Entry) -> str:
    return wording.instant(entry.clock) if entry.clock is not None else ""


def _words(entry: Entry) -> str:
    teller = _TELLERS.get(type(entry), _plainly)
    return teller(entry)


def _plainly(entry: Entry) -> str:
    """An entry of another kind: its members with something in them."""
    own = {
        name: value for name, value in entry.as_json().items() if name not in {"n", "clock", "wall", "kind"}
    }
    said = ", ".join(f"{name} {value}" for name, value in own.items() if value not in (None, "", [], {}))
    return f"{entry.kind}: {said}"


def _cycles(entry: CycleDates) -> str:
    edges = ", ".join(wording.instant(edge) for edge in entry.boundaries)
    return f"planned cycles of {entry.subscription}: {edges}"


def _step(entry: StepStarted) -> str:
    return f"step {entry.verb}{f' `{entry.name}`' if entry.name else ''}, line {entry.line}"


def _waited(entry: Waited) -> str:
    end = "" if entry.done else ", in vain"
    return f"waited {entry.slept:g} s ({entry.looks} looks) for {entry.reason}{end}: {entry.last}"


def _event(entry: EventSeen) -> str:
    return f"event {entry.type} {entry.id}" + (f" about {entry.about}" if entry.about else "")


def _usage(entry: UsageReported) -> str:
    said = "accepted" if entry.accepted else "refused"
    stamp = wording.instant(entry.stamp) if entry.stamp is not None else "nothing"
    return (
        f"usage {entry.label}: {entry.value} {entry.event_name}, stamped {stamp}, {said}, line {entry.line}"
    )


def _cancelled(entry: UsageCancelled) -> str:
    return (
        f"cancellation of {entry.identifier} {'accepted' if entry.accepted else 'refused'}, line {entry.line}"
    )


def _ended(entry: CaseEnded) -> str:
    return f"the end: {entry.outcome}" + (f", {entry.reason}" if entry.reason else "")


_TELLERS: dict[type[Entry], Callable[[Any], str]] = {
    CaseStarted: lambda entry: f"{entry.case} against {entry.backend}",
    CycleDates: _cycles,
    StepStarted: _step,
    Labelled: lambda entry: f"{entry.what} {entry.label} is {entry.id}",
    UsageReported: _usage,
    UsageCancelled: _cancelled,
    Advanced: lambda entry: f"the clock is asked to move to {wording.instant(entry.to)}: {entry.because}",
    Waited: _waited,
    EventSeen: _event,
    Reacted: lambda entry: f"reaction of line {entry.line} to {entry.event}",
    Claimed: lambda entry: f"expectation of line {entry.line}",
    Refused: lambda entry: f"line {entry.line}: {entry.message}",
    NotRefused: lambda entry: f"line {entry.line}: went through, but had to fail",
    Noted: lambda entry: entry.text,
    CaseEnded: _ended,
}
"""How each kind of entry is said; exchanges have their own form."""
