"""Subscriptions: made, changed, renewed, ended, and told what to do by schedules."""
