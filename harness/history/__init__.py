"""What was observed, in order: the append-only history and the facts read from it."""
