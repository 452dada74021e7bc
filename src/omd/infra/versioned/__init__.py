"""Values beside the database that carry the version they are true at."""

from omd.infra.versioned.store import Kept, VersionedStore

__all__ = ["Kept", "VersionedStore"]
