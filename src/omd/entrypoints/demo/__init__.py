"""The demo: one command that fills a destination and serves it."""
