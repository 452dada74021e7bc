"""Invoices over HTTP: the firm that a hotel is, series of numbers, invoices and credit notes."""

from decimal import Decimal
from typing import Annotated, Any, TypeAlias

import msgspec
from litestar import Controller, Request, Response, Router, get, post, put
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from omd.features.folios.http.desk import AT_DESK, DeskDep, told
from omd.features.folios.invoices import commands, queries
from omd.features.folios.invoices.crediting import Wanted, credit_invoice
from omd.features.folios.invoices.model import Invoice, Party, ProForma, Series
from omd.features.folios.invoices.reading import read_invoice, read_pro_forma
from omd.features.folios.payloads import Amount, Country, Id, Words
from omd.features.folios.queries import Books
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    AfterId,
    ClockDep,
    DatabaseDep,
    PageSize,
    PathId,
    PathUuid,
    next_link,
    page_by_id,
)

AfterNumber: TypeAlias = Annotated[
    int, QueryParameter(ge=0, le=2**31 - 1, description="The cursor of the page before.")
]
Prefix = Annotated[
    str,
    msgspec.Meta(pattern="^[A-Za-z0-9._/-]{1,20}$(?!\\n)", max_length=20, extra_json_schema={"examples": ["GRD"]}),
]


class NewIssuer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The firm that the hotel is, as its invoices name it."""

    name: Words
    tax_number: Words
    address: Words
    country: Country
    registration: Words | None = None
    email: Words | None = None
    bank_account: Words | None = None


class Customer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom an invoice is made out to."""

    name: Words
    tax_number: Words | None = None
    registration: Words | None = None
    address: Words | None = None
    country: Country | None = None
    email: Words | None = None


class NewSeries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A series to add: whoever comes from another system goes on with its next number."""

    prefix: Prefix
    next_number: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)] = 1


class NewInvoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An invoice to issue: made out to who pays the folio, unless somebody is named."""

    series_id: Id
    customer: Customer | None = None


class CreditedLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is taken back of a line of an invoice, counted from 1: all that is left of it, unless an amount is named."""

    line: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    amount: Amount | None = None


class NewCreditNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an invoice is taken back, and the series of the credit note: whole, unless lines of it are named."""

    series_id: Id
    reason: Words
    lines: Annotated[list[CreditedLine], msgspec.Meta(min_length=1, max_length=500)] | None = None


class Issuers(Controller):
    """The firm that a hotel is, and its series of numbers."""

    path = "/businesses/{business_id:int}"
    tags = ("Invoices",)
    dependencies = AT_DESK

    @get("/invoice-issuer", operation_id="getInvoiceIssuer", summary="Read a hotel's firm", responses=COMMON_PROBLEMS)
    async def read(self, business_id: PathId, actor: ActorDep, database: DatabaseDep) -> Party | None:
        """Read the firm that a hotel is; null where nobody said."""
        async with database.reading(actor) as tx:
            return await queries.find_issuer(tx, Books(actor.omd_id, actor.reads(business_id)))

    @put(
        "/invoice-issuer",
        operation_id="setInvoiceIssuer",
        summary="Set a hotel's firm",
        responses=told(200, Party, "The firm as it is now."),
    )
    async def set_issuer(self, data: JSONBody[NewIssuer], desk: DeskDep) -> Response[bytes]:
        """Say which firm the hotel is; invoices that were issued stay as they are."""
        issuer = Party(**msgspec.structs.asdict(data))
        return await desk.make(lambda tx, clerk: commands.put_issuer(tx, clerk, issuer), HTTP_200_OK)

    @get("/invoice-series", operation_id="listInvoiceSeries", summary="List series", responses=COMMON_PROBLEMS)
    async def list_series(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: AfterId = 0,
        limit: PageSize = 100,
    ) -> Response[list[Series]]:
        """List the series of a hotel by id, each with the number that comes next, a page at a time."""
        books = Books(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            found = await queries.list_series(tx, books, after, limit + 1)
        return page_by_id(request, found, limit)

    @post(
        "/invoice-series",
        operation_id="createInvoiceSeries",
        summary="Add a series",
        responses=told(201, Series, "The series is there."),
    )
    async def create_series(self, data: JSONBody[NewSeries], desk: DeskDep) -> Response[bytes]:
        """Add a series of numbers, which have no gap from its first on."""
        return await desk.make(lambda tx, clerk: commands.add_series(tx, clerk, data.prefix, data.next_number))


class Invoices(Controller):
    """What was invoiced."""

    path = "/businesses/{business_id:int}"
    tags = ("Invoices",)
    dependencies = AT_DESK

    @post(
        "/folios/{folio_id:uuid}/invoices",
        operation_id="issueInvoice",
        summary="Invoice a folio",
        responses=told(201, Invoice, "The invoice is issued, and its folio closed."),
    )
    async def issue(self, folio_id: PathUuid, data: JSONBody[NewInvoice], desk: DeskDep) -> Response[bytes]:
        """Issue the invoice of a folio that is at zero: paid, or handed over to a company's account."""
        customer = None if data.customer is None else Party(**msgspec.structs.asdict(data.customer))
        return await desk.make(lambda tx, clerk: commands.issue_invoice(tx, clerk, folio_id, data.series_id, customer))

    @get(
        "/invoice-series/{series_id:int}/invoices",
        operation_id="listInvoices",
        summary="List invoices of a series",
        responses=COMMON_PROBLEMS,
    )
    async def list_page(
        self,
        business_id: PathId,
        series_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: AfterNumber = 0,
        limit: PageSize = 100,
    ) -> Response[list[Invoice]]:
        """List what was issued under a series, by number, a page at a time."""
        books = Books(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            found = await queries.list_invoices(tx, books, series_id, after, limit + 1)
        page, more = found[:limit], len(found) > limit
        return Response(page, headers=next_link(request, str(page[-1].number) if more else None))

    @get(
        "/invoices/{invoice_id:uuid}",
        operation_id="getInvoice",
        summary="Read an invoice",
        responses=COMMON_PROBLEMS,
    )
    async def read(self, business_id: PathId, invoice_id: PathUuid, actor: ActorDep, database: DatabaseDep) -> Invoice:
        """Read an invoice or a credit note, as it was issued."""
        books = Books(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await read_invoice(tx, books, invoice_id)

    @get(
        "/folios/{folio_id:uuid}/pro-forma",
        operation_id="getProForma",
        summary="Read a folio's pro-forma",
        responses=COMMON_PROBLEMS,
    )
    async def pro_forma(
        self, business_id: PathId, folio_id: PathUuid, actor: ActorDep, database: DatabaseDep, clock: ClockDep
    ) -> ProForma:
        """Read what an invoice of an open folio would say as it stands. It takes no number, and nothing is kept."""
        books = Books(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await read_pro_forma(tx, books, folio_id, clock.now())

    @post(
        "/invoices/{invoice_id:uuid}/credit",
        operation_id="creditInvoice",
        summary="Take an invoice back, whole or in part",
        responses=told(201, Invoice, "The credit note is issued, and the folio open again."),
    )
    async def credit(self, invoice_id: PathUuid, data: JSONBody[NewCreditNote], desk: DeskDep) -> Response[bytes]:
        """Issue a credit note of an invoice: of all of it, or of lines or amounts of lines, never more than is left.

        A whole invoice leaves its charges on the folio, open again, to be corrected and invoiced anew. Parts are taken
        off the folio with their taxes: what is below zero then is given back, or handed over.
        """
        wanted = None if data.lines is None else [_wanted(each) for each in data.lines]
        return await desk.make(
            lambda tx, clerk: credit_invoice(tx, clerk, invoice_id, data.series_id, data.reason, wanted)
        )


def _wanted(each: CreditedLine) -> Wanted:
    return Wanted(each.line, None if each.amount is None else Decimal(each.amount))


router = Router(path="", route_handlers=[Issuers, Invoices])
