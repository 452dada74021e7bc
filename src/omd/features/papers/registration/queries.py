"""One typed function a statement of `queries.sql`."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.papers.registration.model import AskedField, Field, RegistrationRules, ResidenceRule
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.papers.registration")


class RulesRow(msgspec.Struct, frozen=True):
    """What a hotel asks for, as JSON."""

    rules: str
    blocks_check_in: bool
    series: str | None


class FormNumber(msgspec.Struct, frozen=True):
    """The number of a form of a stay, by the place of its guest."""

    place: int
    series: str
    number: int


class GuestRow(msgspec.Struct, frozen=True):
    """A guest as a form needs them; the fields of their form as JSON, the number of their document encrypted."""

    id: UUID
    last_name: str
    first_name: str | None
    date_of_birth: date | None
    place_of_birth: str | None
    citizenship: str | None
    address: str | None
    country: str | None
    document_type: str | None
    document_number: bytes | None
    document_country: str | None
    email: str | None
    phone: str | None
    arrives_on: date | None
    leaves_on: date | None
    fields: str
    missing: list[Field]

    def read_fields(self) -> list[AskedField]:
        """Return what is asked of this guest."""
        return msgspec.json.decode(self.fields, type=list[AskedField])


async def find_rules(tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId) -> RegistrationRules | None:
    """Return what a hotel asks for, None where it never said so."""
    row = await tx.maybe(_SQL["find_rules"], RulesRow, omd_id=omd_id, business_id=business_id)
    if row is None:
        return None
    rules = msgspec.json.decode(row.rules, type=tuple[ResidenceRule, ...])
    return RegistrationRules(rules, row.blocks_check_in, is_default=False, series=row.series)


async def put_rules(tx: Transaction, omd_id: OmdId, business_id: BusinessId, rules: RegistrationRules) -> None:
    """Say what a hotel asks for."""
    await tx.run(
        _SQL["put_rules"],
        omd_id=omd_id,
        business_id=business_id,
        rules=msgspec.json.encode(rules.rules).decode(),
        blocks_check_in=rules.blocks_check_in,
        series=rules.series,
    )


async def number_forms(
    tx: Transaction, actor: Actor, business_id: BusinessId, reservation_id: UUID, *, forms: int, now: datetime
) -> dict[int, str]:
    """Return the numbers of a stay's forms in the hotel's series by their places, given now where they have none.

    A hotel without a series has none, but for those that were given when it had one.
    """
    rows = await tx.many(
        _SQL["number_forms"],
        FormNumber,
        omd_id=actor.omd_id,
        business_id=business_id,
        reservation_id=reservation_id,
        forms=forms,
        actor=actor.label,
        now=now,
    )
    return {each.place: f"{each.series} {each.number:06}" for each in rows}


async def list_guests(
    tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId, reservation_id: UUID, rules: RegistrationRules
) -> list[GuestRow]:
    """Return the guests of a stay with what is asked of each by these rules, and what is missing."""
    return await tx.many(
        _SQL["list_guests"],
        GuestRow,
        omd_id=omd_id,
        business_id=business_id,
        reservation_id=reservation_id,
        rules=msgspec.json.encode(rules.rules).decode(),
    )
