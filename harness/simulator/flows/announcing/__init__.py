"""What leaves the account by itself: events, error reports, and the webhooks that carry them."""
