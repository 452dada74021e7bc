"""The bills of a hotel: its own, which belong to no stay, and any one of them by its id."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, get, patch, post
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from omd.features.folios import commands, queries
from omd.features.folios.http.desk import AT_DESK, DeskDep, told
from omd.features.folios.model import Folio, StatementLine
from omd.features.folios.payloads import FolioChange, NewFolio
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    DatabaseDep,
    IfMatch,
    PageSize,
    PathId,
    PathUuid,
    etag,
    next_link,
    require_version,
)
from omd.kernel.errors import NotFound

After = Annotated[int, QueryParameter(ge=0, le=2**31 - 1, description="The cursor of the page before.")]
_FOLIO = told(200, Folio, "The folio; its version is the ETag.")


class BusinessFolios(Controller):
    """Bills, one by one."""

    path = "/businesses/{business_id:int}/folios"
    tags = ("Folios",)
    dependencies = AT_DESK

    @get(operation_id="listHouseFolios", summary="List the folios of the house", responses=COMMON_PROBLEMS)
    async def list_folios(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: After = 0,
        limit: PageSize = 100,
    ) -> Response[list[Folio]]:
        """List the folios that belong to no stay, such as that of a group, by number, a page at a time."""
        books = queries.Books(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            found = await queries.list_folios(tx, books, None, after, limit + 1)
        page, more = found[:limit], len(found) > limit
        return Response(page, headers=next_link(request, str(page[-1].number) if more else None))

    @post(
        operation_id="openHouseFolio",
        summary="Open a folio of the house",
        responses=told(201, Folio, "The folio is open; its version is the ETag."),
    )
    async def open_folio(self, data: JSONBody[NewFolio], desk: DeskDep) -> Response[bytes]:
        """Open a folio that belongs to no stay: stays route to it what one company pays for all of them."""
        return await desk.make(
            lambda tx, clerk: commands.open_folio(tx, clerk, None, company_id=data.company_id, label=data.label)
        )

    @get("/{folio_id:uuid}", operation_id="getFolio", summary="Read a folio", responses=_FOLIO)
    async def read(
        self, business_id: PathId, folio_id: PathUuid, actor: ActorDep, database: DatabaseDep
    ) -> Response[Folio]:
        """Read a folio with what was charged and paid on it, and what is owed."""
        async with database.reading(actor) as tx:
            found = await queries.find_folio(tx, queries.Books(actor.omd_id, actor.reads(business_id)), folio_id)
        if found is None:
            raise NotFound(f"There is no folio {folio_id}.")
        return Response(found, headers={"ETag": etag(found.version)})

    @patch("/{folio_id:uuid}", operation_id="changeFolio", summary="Change a folio", responses=_FOLIO)
    async def change(
        self, folio_id: PathUuid, data: JSONBody[FolioChange], desk: DeskDep, if_match: IfMatch = None
    ) -> Response[bytes]:
        """Say who pays an open folio, and what it is called; fields left out stay as they are."""
        return await desk.make(
            lambda tx, clerk: commands.change_folio(
                *(tx, clerk, folio_id),
                company_id=data.company_id,
                label=data.label,
                expected=lambda version: require_version(if_match, version),
            ),
            HTTP_200_OK,
        )

    @post(
        "/{folio_id:uuid}/close",
        operation_id="closeFolio",
        summary="Close a folio",
        status_code=HTTP_200_OK,
        responses=_FOLIO,
    )
    async def close(self, folio_id: PathUuid, desk: DeskDep, if_match: IfMatch = None) -> Response[bytes]:
        """Close a folio that is at zero and holds no deposit; it takes nothing any more."""
        return await desk.make(
            lambda tx, clerk: commands.close_folio(
                *(tx, clerk, folio_id), expected=lambda version: require_version(if_match, version)
            ),
            HTTP_200_OK,
        )

    @get(
        "/{folio_id:uuid}/entries",
        operation_id="listFolioEntries",
        summary="Read a folio's statement",
        responses=COMMON_PROBLEMS,
    )
    async def list_lines(
        self,
        business_id: PathId,
        folio_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: After = 0,
        limit: PageSize = 100,
    ) -> Response[list[StatementLine]]:
        """Read what was posted on a folio, in its order, each line with what was owed then, a page at a time."""
        books = queries.Books(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            if await queries.find_folio(tx, books, folio_id) is None:
                raise NotFound(f"There is no folio {folio_id}.")
            found = await queries.list_lines(tx, books, folio_id, after, limit + 1)
        page, more = found[:limit], len(found) > limit
        return Response(page, headers=next_link(request, str(page[-1].line) if more else None))
