"""Cursor paging: the next page starts after the last thing of this one."""

from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request
from litestar.params import QueryParameter

PageSize = Annotated[int, QueryParameter(ge=1, le=500, description="How many entries a page holds, 1 to 500.")]


def next_link(request: "Request[Any, Any, Any]", cursor: str | None) -> dict[str, str]:
    """Return the Link header (RFC 8288) that leads to the next page, or no header on the last page."""
    if cursor is None:
        return {}
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
    return {"Link": f'<{request.url.path}?{urlencode([*query, ("after", cursor)])}>; rel="next"'}
