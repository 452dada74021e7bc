"""Programs: their keys, the service accounts of partners, and OAuth tokens."""
