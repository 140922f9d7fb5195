"""From a case to what would happen, in order: pure and printable."""
