"""A room booked for a part of a day, and the hours of a hotel's rooms."""

from datetime import datetime, timedelta

import msgspec

from omd.db import ReadTransaction, Transaction
from omd.features.availability import arrival_in_the_past, beyond_horizon, find_horizon, record_event
from omd.features.reservations.commands.book import new_code, require_room_of_type, too_many_guests, unknown_type
from omd.features.reservations.commands.reading import get_reservation
from omd.features.reservations.day_uses import queries
from omd.features.reservations.day_uses.model import NewDayUse, StaySettings
from omd.features.reservations.documents import Documents
from omd.features.reservations.errors import RoomNotFree, other_currency
from omd.features.reservations.model import Reservation
from omd.infra.keyring import Keyring
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.errors import FieldProblem, InvalidInput, OmdError
from omd.kernel.ids import BusinessId


async def book_day_use(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    wanted: NewDayUse,
    *,
    now: datetime,
    keyring: Keyring | None = None,
) -> Reservation:
    """Book a room for a part of a day and return the stay.

    Raises `InvalidInput` for a time that is none, `RoomTypeUnknown`, `RoomUnknown`, `TooManyGuests`,
    `ArrivalInThePast`, `BeyondHorizon`, `RoomNotFree` where no room is empty then, `DocumentsNotKept`, `NotAllowed`.
    """
    actor.serves(business_id)
    if wanted.room_id is not None:
        await require_room_of_type(tx, actor, business_id, wanted.room_id, wanted.room_type_id, wanted.date, now)
    if wanted.until_time <= wanted.from_time:
        raise _no_time("The time ends before it begins; say a later until_time, of the same day.")
    made = await queries.book_day_use(
        tx,
        omd_id=actor.omd_id,
        business_id=business_id,
        room_type_id=wanted.room_type_id,
        room_id=wanted.room_id,
        date=wanted.date,
        from_time=wanted.from_time,
        until_time=wanted.until_time,
        adults=wanted.adults,
        children=wanted.children,
        guests=Documents(keyring, actor.omd_id, business_id).rows(wanted.guests),
        amount=None if wanted.price is None else wanted.price.value,
        currency=None if wanted.price is None else wanted.price.currency,
        note=wanted.note,
        external_reference=wanted.external_reference,
        code=new_code(),
        actor=actor.label,
        now=now,
    )
    if made.reservation_id is None:
        raise await _refused(tx, actor, wanted, made)
    return await get_reservation(tx, actor, made.reservation_id, now)


async def _refused(tx: ReadTransaction, actor: Actor, wanted: NewDayUse, made: queries.DayUseOutcome) -> OmdError:
    match made.outcome:
        case "room_type_not_found":
            return unknown_type(wanted.room_type_id)
        case "arrival_in_the_past":
            assert made.business_date is not None, "the day was compared with it"
            return arrival_in_the_past(wanted.date, made.business_date, name="date")
        case "too_many_guests":
            return too_many_guests(made.type_name, made.max_adults, made.max_occupancy)
        case "other_currency":
            assert made.currency is not None, "the price was compared with it"
            return other_currency(made.currency)
        case "no_time":
            return _no_time("The clock is put forward over this time, so that nothing of it is left; say another.")
        case "in_the_past":
            said = f"The time on {wanted.date} until {wanted.until_time} is over; say one that ends later."
            return InvalidInput(said, problems=(FieldProblem("/until_time", "in_the_past", said),))
        case "beyond_horizon":
            return beyond_horizon(
                StayDates(wanted.date, wanted.date + timedelta(days=1)),
                await find_horizon(tx, actor.omd_id),
                names=("date", "date"),
            )
        case _:
            room = "No room of the type" if wanted.room_id is None else f"Room {wanted.room_id}"
            verb = "is empty" if wanted.room_id is None else "is not empty"
            said = f"{room} {verb} on {wanted.date} from {wanted.from_time} to {wanted.until_time}."
            return RoomNotFree(
                f"{said} Guests who leave that day have it in the morning, who arrives from the hotel's hour on.",
                problems=(FieldProblem("/from_time" if wanted.room_id is None else "/room_id", "room_not_free", said),),
            )


def _no_time(said: str) -> InvalidInput:
    return InvalidInput(said, problems=(FieldProblem("/until_time", "no_time", said),))


async def find_settings(tx: ReadTransaction, actor: Actor, business_id: BusinessId) -> StaySettings:
    """Return the hours of a hotel's rooms, those that hold where it never said any among them."""
    return await queries.find_settings(tx, actor.omd_id, business_id) or StaySettings()


async def change_settings(
    tx: Transaction, actor: Actor, business_id: BusinessId, wanted: StaySettings, now: datetime
) -> StaySettings:
    """Say from when on rooms are entered and until when they are left; raise `InvalidInput` where these cross."""
    if wanted.check_out_until > wanted.check_in_from:
        said = "Rooms are left before they are entered again; say an earlier check_out_until."
        raise InvalidInput(said, problems=(FieldProblem("/check_out_until", "after_check_in", said),))
    await queries.put_settings(tx, actor.omd_id, business_id, wanted)
    await record_event(
        tx,
        actor.omd_id,
        business_id,
        aggregate="business",
        aggregate_id=business_id,
        type="business.stay_settings_changed",
        actor=actor.label,
        now=now,
        data=msgspec.structs.asdict(wanted),
    )
    return wanted
