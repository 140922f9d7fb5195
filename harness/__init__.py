"""Test-clock scenarios for metered billing on Stripe: the language, the runner and the simulator."""
