"""The served OpenAPI document, read the way a client's generator does."""

from collections.abc import Iterator
from typing import Any

import httpx
import msgspec

Json = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "patch")


class Operation(msgspec.Struct, frozen=True):
    """One method of one path."""

    method: str
    path: str
    document: Json

    @property
    def name(self) -> str:
        """Return the method and the path."""
        return f"{self.method.upper()} {self.path}"

    @property
    def is_for_guests(self) -> bool:
        """Say whether it is for a guest with a pass, about the one stay that is theirs."""
        return self.document.get("security") == [{"pass": []}]


async def read_document(client: httpx.AsyncClient) -> Json:
    """Return the document that the server serves."""
    answer = await client.get("/docs/openapi.json")
    assert answer.status_code == 200
    document: Json = answer.json()
    return document


def operations(document: Json) -> Iterator[Operation]:
    """Yield every operation of the document."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield Operation(method, path, item[method])


def resolved(document: Json, part: Json) -> Json:
    """Return what a reference leads to, or the part itself."""
    while "$ref" in part:
        found: Json = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name.replace("~1", "/").replace("~0", "~")]
        part = found
    return part
