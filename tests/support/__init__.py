"""What the tests stand on: servers, databases, worlds, the served application."""
