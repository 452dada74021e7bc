"""Asking for what a hotel must know, and reading the forms on record."""

from datetime import date, datetime
from uuid import UUID

from omd.db import ReadTransaction, Transaction
from omd.features.audit import record_disclosure
from omd.features.inventory import get_business
from omd.features.papers.registration import queries
from omd.features.papers.registration.model import (
    DEFAULTS,
    FormField,
    GuestGaps,
    RegistrationCheck,
    RegistrationForm,
    RegistrationForms,
    RegistrationRules,
    require_sound,
)
from omd.features.papers.registration.queries import GuestRow
from omd.features.reservations import Documents, Reservation, get_reservation
from omd.infra.keyring import Keyring
from omd.kernel.actor import Actor
from omd.kernel.errors import NotFound
from omd.kernel.ids import BusinessId


async def read_rules(tx: ReadTransaction, actor: Actor, business_id: BusinessId) -> RegistrationRules:
    """Return what a hotel asks for: as it said, or what Romania asks."""
    return await queries.find_rules(tx, actor.omd_id, business_id) or DEFAULTS


async def set_rules(
    tx: Transaction, actor: Actor, business_id: BusinessId, rules: RegistrationRules
) -> RegistrationRules:
    """Say what a hotel asks for, from now on; raise `InvalidInput` for rules that contradict themselves."""
    require_sound(rules.rules)
    await queries.put_rules(tx, actor.omd_id, business_id, rules)
    return rules


async def check_registration(
    tx: ReadTransaction, actor: Actor, reservation_id: UUID, now: datetime
) -> RegistrationCheck:
    """Return what the forms of a stay lack; raise `NotFound`."""
    stay, rules, guests = await _read(tx, actor, reservation_id, now)
    unnamed = _unnamed(stay)
    return RegistrationCheck(
        stay.id,
        unnamed == 0 and not any(each.missing for each in guests),
        rules.blocks_check_in,
        unnamed,
        tuple(GuestGaps(each.id, each.last_name, each.first_name, tuple(each.missing)) for each in guests),
    )


async def show_forms(
    tx: Transaction, actor: Actor, reservation_id: UUID, *, now: datetime, keyring: Keyring | None
) -> RegistrationForms:
    """Return the forms of a stay, document numbers in full, on record; raise `NotFound` or `SecretUnreadable`.

    In a hotel whose forms have a series each gets its number when it is first drawn up, and keeps it.
    """
    stay, _, guests = await _read(tx, actor, reservation_id, now)
    business_id = BusinessId(stay.business_id)
    hotel = await get_business(tx, actor.omd_id, business_id)
    if hotel is None:
        raise NotFound(f"There is no reservation {reservation_id}.")
    documents = Documents(keyring, actor.omd_id, business_id)
    await record_disclosure(
        tx,
        actor,
        business_id,
        thing="reservation_guests",
        row_key=str(reservation_id),
        action="read",
        said={"documents": sum(each.document_number is not None for each in guests), "forms": len(guests)},
    )
    numbers = await queries.number_forms(tx, actor, business_id, reservation_id, forms=len(guests), now=now)
    return RegistrationForms(
        reservation_id=stay.id,
        code=stay.code,
        business_id=stay.business_id,
        hotel=hotel.name,
        arrival=stay.arrival,
        departure=stay.departure,
        rooms=tuple(dict.fromkeys(each.room_number for each in stay.nights if each.room_number is not None)),
        unnamed=_unnamed(stay),
        forms=tuple(
            _form(numbers.get(place, f"{stay.code}/{place}"), stay, each, documents)
            for place, each in enumerate(guests, 1)
        ),
    )


async def _read(
    tx: ReadTransaction, actor: Actor, reservation_id: UUID, now: datetime
) -> tuple[Reservation, RegistrationRules, list[GuestRow]]:
    stay = await get_reservation(tx, actor, reservation_id, now)
    business_id = BusinessId(stay.business_id)
    rules = await read_rules(tx, actor, business_id)
    return stay, rules, await queries.list_guests(tx, actor.omd_id, business_id, reservation_id, rules)


def _unnamed(stay: Reservation) -> int:
    return max(0, stay.adults + stay.children - len(stay.guests))


def _form(number: str, stay: Reservation, guest: GuestRow, documents: Documents) -> RegistrationForm:
    fields = tuple(
        FormField(each.field, each.required, _value(guest, each.field, documents)) for each in guest.read_fields()
    )
    arrival, departure = guest.arrives_on or stay.arrival, guest.leaves_on or stay.departure
    return RegistrationForm(number, guest.id, arrival, departure, fields, tuple(guest.missing))


def _value(guest: GuestRow, field: str, documents: Documents) -> str | None:
    value: str | date | bytes | None = getattr(guest, field)
    if isinstance(value, bytes):
        return documents.open(value)
    return value.isoformat() if isinstance(value, date) else value
