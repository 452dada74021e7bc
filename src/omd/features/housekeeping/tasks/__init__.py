"""Tasks of housekeeping: what is to be done in which room, who does it, and what was said of it by whom and when."""
