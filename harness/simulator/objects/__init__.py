"""What Stripe's objects are: their state, and the form they take on the wire."""
