"""That guests' data was shown in full, or handed out, is on record too."""

from typing import Literal

import msgspec

from omd.db import Transaction
from omd.features.audit import queries
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId


async def record_disclosure(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    *,
    thing: str,
    row_key: str,
    action: Literal["read", "export"],
    said: dict[str, object],
) -> None:
    """Record it; `said` names nobody. Raises `NotAllowed` for an actor that does not read the hotel's guests."""
    await queries.record_disclosure(
        tx,
        omd_id=actor.omd_id,
        business_id=business_id,
        thing=thing,
        row_key=row_key,
        action=action,
        said=msgspec.json.encode(said).decode(),
    )
