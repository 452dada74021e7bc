"""Rates: rate plans, prices by night, restrictions, and what a stay costs."""
