"""Fees on the bill: what a stay owes that was cancelled or did not come is charged, or waived, by an act of its own."""
