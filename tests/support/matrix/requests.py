"""Requests made from the OpenAPI document: whole enough to be let in, with somebody's real ids wherever one goes."""

import io
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec
from PIL import Image

from support.openapi import Json, Operation, resolved

Ids = Mapping[str, int | str]

WORDS: Mapping[str, Any] = {
    "estimated_arrival": "22:30",
    "date": "2027-03-10",
    "from_time": "10:00",
    "until_time": "14:00",
    "arrival": "2027-03-10",
    "departure": "2027-03-11",
    "on": "2027-02-28",
    "as_of": "2027-02-28",
    "business_date": "2027-02-28",
    "starts_on": "2027-03-10",
    "ends_on": "2027-03-11",
    "rooms": 0,
    "months": ["2027-05"],
    "amounts": ["100.00"],
    "currency": "RON",
    "closed": True,
    "passed": True,
    "scopes": ["inventory.read"],
    "code": "123456",
    "new_password": "corect cal baterie capsator",
    "url": "https://localhost:9/webhook",
    "after_position": 0,
    "provider": "hotelgroup",
    "month": "2027-03",
    "grant_type": "client_credentials",
    "client_secret": "omd_abcdefgh_" + "x" * 43,
}
"""What fields get that name nobody's things; the others get the smallest value of their schema."""

CODE = "code"
"""That of a stay, which nobody chooses; a code that somebody gives a new thing has an example."""

SENT_THOUGH_OPTIONAL = {
    "client_secret",
    "after_position",
    "months",
    "text",
    "closed",
    "percent",
    "rate_plan_ids",
    "room_type_ids",
}
FILLED_THOUGH_MAY_BE_EMPTY = {"attendants"}
"""Lists that get an entry, as the ids in it are somebody's."""

FORM, JSON, PICTURE = "application/x-www-form-urlencoded", "application/json", "image/jpeg"
_PICTURES = {PICTURE, "image/png", "image/webp"}


def small_picture(colour: str = "red") -> bytes:
    """Return a JPEG of a few pixels."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(file, "JPEG")
    return file.getvalue()


class CannotFill(AssertionError):
    """An operation asks for something of which the matrix does not know whose it is."""


class Filled(msgspec.Struct, frozen=True):
    """A request, and the names of the ids that went into it."""

    method: str
    path: str
    query: dict[str, Any]
    body: Any
    form: dict[str, Any] | None
    names: frozenset[str]
    picture: bytes | None = None

    async def send(self, client: httpx.AsyncClient, headers: Mapping[str, str]) -> httpx.Response:
        """Send it as the caller with these headers."""
        if self.picture is not None:
            shown = {**headers, "Content-Type": PICTURE}
            return await client.request(self.method, self.path, params=self.query, headers=shown, content=self.picture)
        return await client.request(
            self.method, self.path, params=self.query, headers=headers, json=self.body, data=self.form
        )


def fill(document: Json, operation: Operation, ids: Ids) -> Filled:
    """Return the request of an operation with these ids in path, query and body; raise `CannotFill`."""
    return _Filling(document, operation, ids).request()


class _Filling:
    def __init__(self, document: Json, operation: Operation, ids: Ids) -> None:
        self._document = document
        self._operation = operation
        self._ids = ids
        self._used: set[str] = set()

    def request(self) -> Filled:
        given = [resolved(self._document, each) for each in self._operation.document.get("parameters", ())]
        path = {each["name"]: self._named(each["name"], each["schema"]) for each in given if each["in"] == "path"}
        query = {
            each["name"]: self._named(each["name"], each["schema"])
            for each in given
            if each["in"] == "query" and (each.get("required") or self._is_wanted(each["name"]))
        }
        content = self._operation.document.get("requestBody", {}).get("content", {})
        if set(content) == _PICTURES:
            return Filled(
                *(self._operation.method, self._operation.path.format_map(path), query, None, None),
                frozenset(self._used),
                small_picture(),
            )
        if not set(content) <= {JSON, FORM}:
            said = f"{self._operation.name} takes {set(content)}: teach support/matrix/requests.py to send it"
            raise CannotFill(said)
        bodies = {kind: self._value("body", each["schema"]) for kind, each in content.items()}
        return Filled(
            self._operation.method,
            self._operation.path.format_map(path),
            query,
            bodies.get(JSON),
            bodies.get(FORM),
            frozenset(self._used),
        )

    def _is_wanted(self, name: str) -> bool:
        return name in self._ids or name.endswith("_id") or name in SENT_THOUGH_OPTIONAL

    def _named(self, name: str, schema: Json) -> Any:
        if name in self._ids and not (name == CODE and "examples" in schema):
            self._used.add(name)
            return self._ids[name]
        if name.endswith("_ids") and name[:-1] in self._ids:
            self._used.add(name[:-1])
            return [self._ids[name[:-1]]]
        if name.endswith(("_id", "_ids")):
            raise CannotFill(
                f"{self._operation.name} asks for {name}, and the matrix does not know whose that is: "
                "add the victim's to support/matrix/estates.py"
            )
        word = WORDS.get(name)
        # One name may be of a number here and of a list there: `rooms` to overbook, and those of a party.
        is_other = schema.get("type") == "array" and not isinstance(word, list)
        return self._value(name, schema) if word is None or is_other else word

    def _value(self, name: str, schema: Json) -> Any:
        """Return the smallest value that a schema takes, and in objects every id besides."""
        schema = resolved(self._document, schema)
        for several in ("oneOf", "anyOf"):
            if several in schema:
                return self._value(name, next(each for each in schema[several] if each.get("type") != "null"))
        if "enum" in schema:
            # The last role is one that everybody may give who may give any.
            return schema["enum"][-1 if name == "role" else 0]
        if "examples" in schema:
            return schema["examples"][0]
        match schema.get("type"):
            case "object":
                needed = set(schema.get("required", ()))
                fields = schema.get("properties", {}).items()
                sent = {field: of for field, of in fields if field in needed or self._is_wanted(field)}
                return {field: self._named(field, of) for field, of in sent.items()}
            case "array":
                return [self._value(name, schema["items"])] * max(
                    schema.get("minItems", 0), int(name in FILLED_THOUGH_MAY_BE_EMPTY)
                )
            case "integer":
                return int(schema.get("minimum", 0))
            case "boolean":
                return False
            case "string":
                return "x" * max(1, schema.get("minLength", 1))
            case unknown:
                raise CannotFill(
                    f"{self._operation.name} asks for {name}, of type {unknown}: add a value to WORDS in "
                    "support/matrix/requests.py"
                )
