"""The monthly declaration of taxes: sums by locality, hotel and rule, and never a guest."""

from collections.abc import Collection
from datetime import date, datetime

import msgspec

from omd.db import ReadTransaction
from omd.features.reservations.bookings import queries
from omd.features.reservations.bookings.model import DeclaredTax, TaxDeclaration
from omd.infra.csv_table import csv_table
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId

MONTH = "^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$(?!\\n)"
"""How a month is written: 2027-03."""


async def declare(
    tx: ReadTransaction,
    actor: Actor,
    business_ids: Collection[BusinessId],
    month: str,
    *,
    now: datetime,
    locality_id: int | None = None,
) -> TaxDeclaration:
    """Return what the taxes of some hotels came to on the nights of a month that were spent."""
    year, number = map(int, month.split("-"))
    first = date(year, number, 1)
    dates = StayDates(first, date(year + number // 12, number % 12 + 1, 1))
    taxes = await queries.declare_taxes(tx, actor, business_ids, dates, locality_id, now)
    unpriced = await queries.count_unpriced_nights(tx, actor, business_ids, dates, now)
    return TaxDeclaration(month, dates.arrival, dates.departure, taxes, unpriced)


def as_csv(declaration: TaxDeclaration) -> bytes:
    """Return the taxes as CSV (RFC 4180), a line a rule and hotel; no cell is a formula to a spreadsheet."""
    names = [field.name for field in msgspec.structs.fields(DeclaredTax)]
    taxes = map(msgspec.structs.asdict, declaration.taxes)
    return csv_table(["month", *names], [[declaration.month, *(tax[name] for name in names)] for tax in taxes])
