"""How a command can end: its exit codes, and the mark of a run that says nothing about its story."""

from __future__ import annotations


class CannotInvestigate(Exception):
    """Wrong use of a command, or something that isn't there. The message is one line for the user."""


class BackendFailed(Exception):
    """The backend failed, or would not have us. The message is one line for the user."""


FINE, FOUND, MISUSED, BROKEN = 0, 1, 2, 3
"""Exit codes: all is well; something was found; wrong use or unreadable input; the backend failed."""

BROKEN_PROPERTY = "harness_backend_failed"
"""A test report's user property: the backend failed."""

KIND_PROPERTY = "harness_kind"
"""A test report's user property: one of the kinds below."""

PASSED, SKIPPED, EXPECTATION, REFUSED, INFRASTRUCTURE, DRIFT = (
    "passed",
    "skipped",
    "failed expectation",
    "refused by Stripe",
    "infrastructure",
    "drift",
)
"""What a case's run amounts to.

A *failed expectation* is a story that ended otherwise than its scenario says. One *refused by Stripe* met
an error that it did not claim. *Infrastructure* says nothing about the story: the network, crowding, a clock
that stands still. *Drift* is a story that went as it should, though Stripe and the simulator tell it
differently.
"""
