"""The reference of the API as a page: Swagger UI from this server's own files, without a line of inline script."""

from html import escape
from importlib.resources import as_file, files
from typing import Any

from litestar import Request, Response, Router, get
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.static_files import create_static_files_router

ASSETS = "/docs-assets"
DOCUMENT = "/docs/openapi.json"

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="openapi" content="{document}">
<title>{title}</title>
<link rel="icon" href="{assets}/favicon-32x32.png">
<link rel="stylesheet" href="{assets}/swagger-ui.css">
<link rel="stylesheet" href="{assets}/page.css">
<script src="{assets}/swagger-ui-bundle.js" defer></script>
<script src="{assets}/start.js" defer></script>
</head>
<body>
<noscript>The reference needs JavaScript; the document itself is at <a href="{document}">{document}</a>.</noscript>
<div id="reference"></div>
</body>
</html>
"""


class DocsPage(OpenAPIRenderPlugin):
    """Renders the page; what it shows is the served OpenAPI document."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002  # as asked
        """Return the page."""
        title = escape(openapi_schema["info"]["title"])
        return _PAGE.format(title=title, assets=ASSETS, document=DOCUMENT).encode()


@get("/", include_in_schema=False, status_code=303)
async def first_page() -> Response[None]:
    """Lead whoever comes to the bare address, or from signing in by a provider, to the reference."""
    return Response(None, status_code=303, headers={"Location": "/docs"})


def docs_assets() -> Router:
    """Return what serves the files of Swagger UI and of this page."""
    with (
        as_file(files("swagger_ui").joinpath("static")) as library,
        as_file(files("omd.entrypoints.api.docs_page").joinpath("assets")) as own,
    ):
        return create_static_files_router(path=ASSETS, directories=[library, own], include_in_schema=False)
