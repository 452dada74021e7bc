"""Companies over HTTP, and what they pay on their accounts."""

from decimal import Decimal
from typing import Any

import msgspec
from litestar import Controller, Request, Response, get, post, put
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from omd.features.folios import commands, queries
from omd.features.folios.http.desk import AT_DESK, DeskDep, told
from omd.features.folios.model import Company
from omd.features.folios.payloads import NewCompany, NewPayment
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    AfterId,
    DatabaseDep,
    IfMatch,
    PageSize,
    PathId,
    page_by_id,
    require_version,
)
from omd.kernel.errors import NotFound


class Companies(Controller):
    """The firms that pay for guests of a hotel."""

    path = "/businesses/{business_id:int}/companies"
    tags = ("Companies",)
    dependencies = AT_DESK

    @get(operation_id="listCompanies", summary="List a hotel's companies", responses=COMMON_PROBLEMS)
    async def list_page(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: AfterId = 0,
        limit: PageSize = 100,
    ) -> Response[list[Company]]:
        """List companies by id with what each owes in the city ledger, a page at a time."""
        books = queries.Books(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            found = await queries.list_companies(tx, books, after, limit + 1)
        return page_by_id(request, found, limit)

    @post(operation_id="createCompany", summary="Add a company", responses=told(201, Company, "The company is there."))
    async def create(self, data: JSONBody[NewCompany], desk: DeskDep) -> Response[bytes]:
        """Add a company, by the tax id that no other one of the hotel has."""
        facts = msgspec.structs.asdict(data)
        return await desk.make(lambda tx, clerk: commands.add_company(tx, clerk, **facts))

    @get("/{company_id:int}", operation_id="getCompany", summary="Read a company", responses=COMMON_PROBLEMS)
    async def read(self, business_id: PathId, company_id: PathId, actor: ActorDep, database: DatabaseDep) -> Company:
        """Read a company with what it owes."""
        books = queries.Books(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            found = await queries.find_company(tx, books, company_id)
        if found is None:
            raise NotFound(f"There is no company {company_id}.")
        return found

    @put(
        "/{company_id:int}",
        operation_id="changeCompany",
        summary="Change a company",
        responses=told(200, Company, "The company as it is now."),
    )
    async def change(
        self, company_id: PathId, data: JSONBody[NewCompany], desk: DeskDep, if_match: IfMatch = None
    ) -> Response[bytes]:
        """Write what is known of a company anew; invoices that were made stay as they are."""
        facts = msgspec.structs.asdict(data)
        return await desk.make(
            lambda tx, clerk: commands.change_company(
                tx, clerk, company_id, expected=lambda version: require_version(if_match, version), **facts
            ),
            HTTP_200_OK,
        )

    @post(
        "/{company_id:int}/payments",
        operation_id="payForCompany",
        summary="Post a company's payment",
        responses=told(201, Company, "The company with what it owes now."),
    )
    async def pay(self, company_id: PathId, data: JSONBody[NewPayment], desk: DeskDep) -> Response[bytes]:
        """Post what a company pays on its account in the city ledger."""
        return await desk.make(
            lambda tx, clerk: commands.pay_for_company(
                tx, clerk, company_id, data.method, Decimal(data.amount), data.text
            )
        )
