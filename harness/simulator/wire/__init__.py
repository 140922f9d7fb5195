"""The protocol: routes, parameters, errors, lists, idempotency, versions."""
