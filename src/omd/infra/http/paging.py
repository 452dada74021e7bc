"""Cursor paging: the next page starts after the last thing of this one."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Protocol, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response
from litestar.params import QueryParameter

from omd.kernel.errors import FieldProblem, InvalidInput

PageSize = Annotated[int, QueryParameter(ge=1, le=500, description="How many entries a page holds, 1 to 500.")]

LAST_ID = 2**53 - 1
"""Above every id, and a number that every reader of JSON holds exactly (RFC 7493, 2.2)."""

BeforeId = Annotated[int, QueryParameter(ge=1, le=LAST_ID, description="The cursor of the page before.")]
AfterId = Annotated[int, QueryParameter(ge=0, le=2**31 - 1, description="The cursor of the page before.")]


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


Entry = TypeVar("Entry", bound=_Numbered)


def page_by_id(request: "Request[Any, Any, Any]", found: Sequence[Entry], limit: int) -> "Response[list[Entry]]":
    """Return the first `limit` entries as a page, whose cursor is the last one's id when more were found."""
    page = list(found[:limit])
    return Response(page, headers=next_link(request, str(page[-1].id) if len(found) > limit else None))


def parse_date_cursor(after: str | None) -> tuple[date, UUID]:
    """Return what a page by date, then id, begins after; raise `InvalidInput` for what no page gave."""
    if after is None:
        return date.min, UUID(int=0)
    try:
        day, identifier = after.split("_", maxsplit=1)
        return date.fromisoformat(day), UUID(identifier)
    except ValueError:
        said = "Follow the link to the next page as it was given; a cursor is not made by hand."
        raise InvalidInput(said, problems=(FieldProblem("?after", "not_a_cursor", said),)) from None


def next_link(request: "Request[Any, Any, Any]", cursor: str | None) -> dict[str, str]:
    """Return the Link header (RFC 8288) that leads to the next page, or no header on the last page."""
    if cursor is None:
        return {}
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
    return {"Link": f'<{request.url.path}?{urlencode([*query, ("after", cursor)])}>; rel="next"'}
