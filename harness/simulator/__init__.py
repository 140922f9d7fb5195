"""An in-process simulator of Stripe's metered billing under test clocks."""
