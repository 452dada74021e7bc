"""What happened to a stay while somebody looked at what it was before: for who changes it too late."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from omd.db import ReadTransaction
from omd.features.reservations import queries
from omd.features.reservations.commands.reading import get_reservation
from omd.kernel.actor import Actor
from omd.kernel.errors import StaleVersion

MAX_TOLD = 50
"""Steps told at most: who missed more reads the whole feed of changes."""


class Happened(msgspec.Struct, frozen=True):
    """A step of a stay: what it was, who took it and when, and which fields it names."""

    version: int
    type: str
    by: str
    at: datetime
    fields: tuple[str, ...]


async def tell_what_happened(
    tx: ReadTransaction,
    actor: Actor,
    reservation_id: UUID,
    stale: StaleVersion,
    read_versions: Sequence[int],
    now: datetime,
) -> StaleVersion:
    """Return the refusal with the stay as it is now, and who changed what since the version that was read.

    A version that never was, such as one of another stay, has no since: then only the stay is told.
    """
    current = await get_reservation(tx, actor, reservation_id, now)
    since = [version for version in read_versions if version < current.version]
    happened: tuple[Happened, ...] = ()
    if since:
        rows = await queries.list_happened_since(tx, actor, reservation_id, max(since), at_most=MAX_TOLD)
        happened = tuple(Happened(row.version, row.type, row.by, row.at, _fields(row.data)) for row in rows)
    spoken = "; ".join(f"{each.by}: {each.type} at {each.at.isoformat(timespec='seconds')}" for each in happened[:3])
    said = f"{stale.detail} Since then {spoken}{'; and more' if len(happened) > 3 else ''}." if spoken else stale.detail
    return StaleVersion(said, data={**stale.data, "changes": happened, "current": current})


def _fields(data: str) -> tuple[str, ...]:
    """Return the names of the fields that an event tells of."""
    told = msgspec.json.decode(data, type=dict[str, Any])
    return tuple(sorted({*told, *told.get("also_changed", ())} - {"also_changed"}))
