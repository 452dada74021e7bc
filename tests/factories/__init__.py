"""Makers of the rows a test needs beyond the world it is given."""
