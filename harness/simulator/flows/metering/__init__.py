"""Usage: meters, events on every way in, adjustments, alerts, and legacy usage records."""
