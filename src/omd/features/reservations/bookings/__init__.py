"""Bookings: offers taken together, a stay each, at the prices they were shown; and the taxes of them, declared."""
