"""The exceptions of the scenario language: a value that doesn't follow its grammar, a claim of nothing."""

from __future__ import annotations

from harness.scenario.codes import Code


class GrammarError(ValueError):
    """A value is refused; says why, how to write it instead and, inside a mapping, which key is at fault.

    Args:
        message: what is wrong, as a clause without a full stop.
        hint: what to write instead, or None.
        key: the key of the mapping to point at; None points at the whole value.
    """

    code = Code.RULE

    def __init__(self, message: str, hint: str | None = None, key: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.key = key


class NoClaimError(GrammarError):
    """An expectation that expects nothing would pass whatever happens."""

    code = Code.NO_CLAIM


def shorten(text: str, limit: int = 40) -> str:
    """Cut long text for a message."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
