"""Which room each stay gets: pure, rooms and stays in, a plan and its reasons out; nothing here knows a database."""
