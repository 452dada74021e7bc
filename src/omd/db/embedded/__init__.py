"""The servers that the product brings along: PostgreSQL, and what the embedded Redis shares with it."""

from omd.db.embedded.errors import EmbeddedServerFailed, HomeInUse
from omd.db.embedded.home_lock import HomeLock
from omd.db.embedded.postgres import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedServerFailed", "HomeInUse", "HomeLock"]
