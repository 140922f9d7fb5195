"""What is sold, and for how much: products, prices in every currency, coupons, tax rates."""
