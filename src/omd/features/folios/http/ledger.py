"""The sums of a hotel's accounts."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import Controller, get
from litestar.params import QueryParameter

from omd.features.folios import queries
from omd.features.folios.model import AccountTotal
from omd.infra.http import COMMON_PROBLEMS, ActorDep, DatabaseDep, PathId
from omd.kernel.dates import MAX_NIGHTS, parse_interval

StartsOn = Annotated[
    date, QueryParameter(description="The first business date.", schema_extra={"examples": ["2027-03-01"]})
]
EndsOn = Annotated[
    date,
    QueryParameter(description="The first business date after them.", schema_extra={"examples": ["2027-03-02"]}),
]


class LedgerTotals(msgspec.Struct, frozen=True):
    """What went on each account; the totals of all of them sum to zero."""

    starts_on: date
    ends_on: date
    accounts: list[AccountTotal]


class Ledger(Controller):
    """The books as a whole."""

    path = "/businesses/{business_id:int}/ledger"
    tags = ("Folios",)

    @get(operation_id="getLedger", summary="Read the sums of all accounts", responses=COMMON_PROBLEMS)
    async def read(
        self, business_id: PathId, starts_on: StartsOn, ends_on: EndsOn, actor: ActorDep, database: DatabaseDep
    ) -> LedgerTotals:
        """Read debits, credits and total of each account on the business dates [starts_on, ends_on)."""
        books = queries.Books(actor.omd_id, actor.reads(business_id))
        dates = parse_interval(starts_on, ends_on, at="?ends_on", at_most=MAX_NIGHTS)
        async with database.reading(actor) as tx:
            totals = await queries.sum_accounts(tx, books, dates)
        return LedgerTotals(starts_on, ends_on, totals)
