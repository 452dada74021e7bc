"""What may be done to hotels one at a time; files of many are taken over by `importing`."""

from datetime import date
from zoneinfo import available_timezones

from omd.db import Transaction
from omd.features.inventory import queries
from omd.features.inventory.importing.queries import record_events
from omd.features.inventory.model import Business
from omd.kernel.actor import Actor
from omd.kernel.errors import FieldProblem, InvalidInput
from omd.kernel.ids import BusinessId, OmdId
from omd.kernel.money import why_not_kept


async def hold_business_date(
    tx: Transaction, omd_id: OmdId, business_id: BusinessId, business_date: date, *, actor: str
) -> None:
    """Put the date a hotel works on where it is held by hand, and tell of it; for the role omd_maintenance."""
    await queries.hold_business_date(tx, omd_id, business_id, business_date)
    told = [(business_id, {"business_date": business_date})]
    await record_events(tx, omd_id, actor, "business.date_held", told)


async def add_business(
    tx: Transaction, actor: Actor, *, code: str, name: str, time_zone: str, currency: str
) -> Business:
    """Add a hotel, without rooms yet, to the actor's destination.

    Raises `InvalidInput` for a time zone that is none of IANA's and for a currency that is not counted in hundredths,
    `InventoryTaken` for a code another hotel has.
    """
    problems = []
    if time_zone not in available_timezones():
        said = "A time zone is one of IANA's names, such as Europe/Bucharest."
        problems.append(FieldProblem("/time_zone", "unknown_time_zone", said))
    if unkept := why_not_kept(currency):
        problems.append(FieldProblem("/currency", "currency_not_in_hundredths", f"{unkept}."))
    if problems:
        raise InvalidInput(problems[0].detail, problems=tuple(problems))
    return await queries.add_business(tx, actor.omd_id, code=code, name=name, time_zone=time_zone, currency=currency)


async def set_night_hour(tx: Transaction, omd_id: OmdId, business_id: BusinessId, hour: int) -> None:
    """Say at which hour of its own clock a hotel's work of the night is due; for the role omd_maintenance.

    The work of a local date is done once, so a change counts from the next date on whose work is not done yet.
    Raises `InvalidInput` for an hour that is none of 0 to 23.
    """
    if not 0 <= hour <= 23:
        said = f"An hour is one of 0 to 23, not {hour}. Nothing was changed."
        raise InvalidInput(said, problems=(FieldProblem("/night_hour", "unknown_hour", said),))
    await queries.set_night_hour(tx, omd_id, business_id, hour)
