"""Bills, and what they make of a subscription's status: lines, discounts, credits, payment, correction."""
