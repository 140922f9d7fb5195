"""Stripe's order of events: what changes in the world, and when."""
