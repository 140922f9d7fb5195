"""How a command can end: its exit codes, and the mark of a run that says nothing about its story."""

FINE, FOUND, MISUSED, BROKEN = 0, 1, 2, 3
"""Exit codes: all is well; something was found; wrong use or unreadable input; the backend failed."""

BROKEN_PROPERTY = "harness_backend_failed"
"""A test report's user property: the backend failed."""
