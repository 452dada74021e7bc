"""What may be done to hotels one at a time; files of many are taken over by `importing`."""

from zoneinfo import available_timezones

from omd.db import Transaction
from omd.features.inventory import queries
from omd.features.inventory.model import Business
from omd.kernel.actor import Actor
from omd.kernel.errors import FieldProblem, InvalidInput


async def add_business(
    tx: Transaction, actor: Actor, *, code: str, name: str, time_zone: str, currency: str
) -> Business:
    """Add a hotel, without rooms yet, to the actor's destination.

    Raises `InvalidInput` for a time zone that is none of IANA's, `InventoryTaken` for a code another hotel has.
    """
    if time_zone not in available_timezones():
        said = "A time zone is one of IANA's names, such as Europe/Bucharest."
        raise InvalidInput(said, problems=(FieldProblem("/time_zone", "unknown_time_zone", said),))
    return await queries.add_business(tx, actor.omd_id, code=code, name=name, time_zone=time_zone, currency=currency)
