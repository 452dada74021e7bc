"""Fees: what a guest owes who cancels or does not come, by the policies that the stay was sold under."""
