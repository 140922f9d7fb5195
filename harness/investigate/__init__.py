"""An invoice of an account, without any scenario: read it, account for its usage, reproduce it."""
