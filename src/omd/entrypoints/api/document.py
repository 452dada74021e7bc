"""The OpenAPI document as it is served: what the framework tells of the API, made exact.

The framework tells of types roughly: it loses bounds of optional fields and of what lists hold, lets unknown fields
in, takes what may be left out for what may be null, and gives answers without a body the body `null`.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import msgspec
from litestar import Litestar, Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin

Json = dict[str, Any]

_BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "additionalProperties")
_NULL = {"type": "null"}


class ExactDocument(JsonRenderPlugin):
    """Serves the document; it is made exact once."""

    def __init__(self, path: str) -> None:
        super().__init__(path=path)
        self._made: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: Json) -> bytes:
        """Return the document as JSON."""
        if self._made is None:
            self._made = self.render_json(request, exact_document(openapi_schema, bodies_of(request.app)))
        return self._made


def bodies_of(app: Litestar) -> list[Any]:
    """Return the types that the resources of an application read from bodies."""
    handlers = [each for route in app.routes for each in getattr(route, "route_handlers", ())]
    fields = [each.parsed_data_field for each in handlers if isinstance(each, HTTPRouteHandler)]
    return [field.annotation for field in fields if field is not None]


def exact_document(document: Json, bodies: list[Any]) -> Json:
    """Return the document with every body told as it is read, and every answer as it is given."""
    document = deepcopy(document)
    _, exact = msgspec.json.schema_components(bodies, ref_template="#/components/schemas/{name}")
    schemas = document["components"]["schemas"]
    for name in schemas.keys() & exact.keys():
        _tighten(schemas[name], exact[name])
    for operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _whole(_without_null(parameter["schema"]))
        for response in operation["responses"].values():
            if [each.get("schema") for each in response.get("content", {}).values()] == [_NULL]:
                del response["content"]
        body = operation.get("requestBody", {"content": {}})
        if any(_NULL in each["schema"].get("oneOf", ()) for each in body["content"].values()):
            # A body that may be null may be left out as well.
            body["required"] = False
    return document


def _operations(document: Json) -> Iterator[Json]:
    for item in document["paths"].values():
        yield from (each for each in item.values() if isinstance(each, dict) and "responses" in each)


def _tighten(told: Json, exact: Json) -> None:
    """Put into a schema what the exact schema of the same type says of its bounds."""
    told.update({key: exact[key] for key in _BOUNDS if key in exact})
    for name, each in told.get("properties", {}).items():
        _tighten(each, exact["properties"][name])
    if "items" in told and isinstance(exact.get("items"), dict):
        _tighten(told["items"], exact["items"])
    among = {_kind(each): each for each in exact.get("anyOf", (exact,))}
    for each in told.get("oneOf", ()):
        _tighten(each, among.get(_kind(each), {}))


def _kind(schema: Json) -> str:
    return str(schema.get("$ref") or schema.get("type"))


def _without_null(schema: Json) -> Json:
    """Return the schema of a parameter that may be left out: no query, path or header can say null."""
    rest = {key: value for key, value in schema.items() if key != "oneOf"}
    if isinstance(rest.get("type"), list):
        rest["type"] = next(each for each in rest["type"] if each != "null")
        rest["enum"] = [each for each in rest["enum"] if each is not None]
    kinds = [each for each in schema.get("oneOf", ()) if each != _NULL]
    return {**(kinds[0] if len(kinds) == 1 else {"oneOf": kinds} if kinds else {}), **rest}


def _whole(schema: Json) -> Json:
    """Return the schema with whole bounds as whole numbers."""
    if schema.get("type") != "integer":
        return schema
    return {key: int(each) if key in ("minimum", "maximum") else each for key, each in schema.items()}
