"""What a guest does with the one stay that is theirs: open it by code and surname, read it, cancel it."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from omd.db import ReadTransaction, Transaction
from omd.features.reservations import own_stay_queries as queries
from omd.features.reservations.bookings.queries import find_own_price
from omd.features.reservations.commands.lifecycle import Freed, VersionCheck, take_step
from omd.features.reservations.fees.reckoning import own_policies
from omd.features.reservations.model import Standing, action_rule
from omd.features.reservations.own_stay import OwnStay
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.errors import NotFound
from omd.kernel.ids import BusinessId, OmdId
from omd.kernel.money import Money

_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def normal_code(text: str) -> str:
    """Return a stay's code as it is kept: capital letters of Crockford's base 32, in which o is 0 and i and l are 1."""
    return "".join(each for each in text.upper() if each.isalnum()).translate(_MISREAD)


def guest_opening(omd_id: OmdId, code: str, *, address: str, request_id: str) -> Actor:
    """Return the actor of somebody who says a stay is theirs: enough to compare the surname, in no hotel yet."""
    return Actor(omd_id, "guest", (), (), f"guest:{code}", stay_code=code, address=address, request_id=request_id)


def is_surname(typed: str, last_names: list[str]) -> bool:
    """Say whether a surname is one of these, whatever the case, the accents, and what stands between the letters."""
    wanted = _letters(typed)
    return wanted != "" and wanted in {_letters(each) for each in last_names}


def _letters(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(each for each in apart if each.isalnum()).casefold()


async def open_stay(tx: ReadTransaction, actor: Actor, surname: str) -> BusinessId | None:
    """Return the hotel that holds the stay when the surname is one of its guests', else None: there may be no stay."""
    found = await queries.find_stay_to_open(tx, actor)
    return found.business_id if found is not None and is_surname(surname, found.last_names) else None


async def read_own_stay(tx: ReadTransaction, actor: Actor, now: datetime, languages: Sequence[str]) -> OwnStay:
    """Return the guest's own stay; raise `NotFound` when their hotel holds it no more.

    Policies are told in the first of the languages that they were written in.
    """
    row = await queries.find_own_stay(tx, actor, now)
    if row is None:
        raise NotFound("The stay is not there any more. Ask the hotel.")
    at = Standing(row.status, StayDates(row.arrival, row.departure), row.business_date, nights_without_room=0)
    return OwnStay(
        code=row.code,
        business_name=row.business_name,
        time_zone=row.time_zone,
        room_type_name=row.room_type_name,
        arrival=row.arrival,
        departure=row.departure,
        adults=row.adults,
        children=row.children,
        status=row.status,
        price=None if row.amount is None or row.currency is None else Money(row.amount, row.currency),
        breakdown=await find_own_price(tx, actor, row.id),
        policies=await own_policies(tx, actor, row.id, now, languages),
        guests=row.read_guests(),
        booked_at=row.booked_at,
        cancelled_at=row.cancelled_at,
        hold_until=row.hold_until,
        version=row.version,
        day_use=row.read_day_use(),
        actions=(action_rule("cancel", at),),
    )


async def cancel_own_stay(
    tx: Transaction, actor: Actor, *, reason: str | None, now: datetime, expected: VersionCheck
) -> Freed | None:
    """Cancel the guest's own stay and return the nights it gave back, which are nobody's yet.

    A guest may not see those who wait for a room, nor move them: who runs this lets them have the nights afterwards, as
    the hotel. Raises `NotFound` or `ActionRefused`.
    """
    row = await queries.find_own_stay(tx, actor, now)
    if row is None:
        raise NotFound("The stay is not there any more. Ask the hotel.")
    return await take_step(tx, actor, row.id, "cancel", now=now, expected=expected, reason=reason)
