"""Idempotency keys: the first answer is kept and replayed (PRO-08 to PRO-11)."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.simulator.wire.errors import StripeError, invalid

KEPT_SECONDS = 86_400  # "at least 24 h" of wall time (PRO-08)
LONGEST_KEY = 255


@dataclass(frozen=True)
class Kept:
    """A stored answer and the request that made it."""

    fingerprint: str
    status: int
    body: str
    kept_until: int


@dataclass
class IdempotencyStore:
    """Answers by key, on the simulator's wall clock: a key is its account's own."""

    answers: dict[str, Kept] = field(default_factory=dict)
    under_way: dict[str, float] = field(default_factory=dict)
    """Keys whose first request is not answered yet, with the wall time at which it will be (PRO-11)."""

    def replay(self, key: str, fingerprint: str, wall: int) -> Kept | None:
        """The stored answer for `key`, or None when the request must run.

        Raises:
            StripeError: 400 `idempotency_error` when the key was used for another request (PRO-10).
        """
        if len(key) > LONGEST_KEY:
            raise invalid(f"Idempotency keys can be at most {LONGEST_KEY} characters long.")
        kept = self.answers.get(key)
        if kept is None or kept.kept_until <= wall:
            return None
        if kept.fingerprint != fingerprint:
            raise StripeError(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were first used "
                f"with. Try using a key other than '{key}' if you meant to execute a different request.",
                kind="idempotency_error",
            )
        return kept

    def keep(self, key: str, fingerprint: str, status: int, body: str, wall: int) -> None:
        """Store the answer of an executed request, and forget what has expired: the oldest stand first."""
        while self.answers and next(iter(self.answers.values())).kept_until <= wall:
            del self.answers[next(iter(self.answers))]
        self.answers[key] = Kept(fingerprint, status, body, wall + KEPT_SECONDS)
