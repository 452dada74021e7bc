"""Answers that may come from memory: as bytes, with where they come from and how old they are (RFC 9111, RFC 9211)."""

import hashlib
from typing import Annotated

import msgspec
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_304_NOT_MODIFIED
from litestar.types import ASGIApp

from omd.infra.http.conditions import is_known
from omd.infra.http.encoded import EncodedAnswer

HIT, FILLED, PARTIAL = "hit", "fwd=miss; stored", "fwd=partial"
MISS, REQUESTED = "fwd=miss", "fwd=request"
"""Where an answer comes from, as Cache-Status has it (RFC 9211)."""

NOT_MODIFIED = {304: ResponseSpec(None, description="What you have still stands.", generate_examples=False)}

Fresh = Annotated[
    bool, QueryParameter(description="Ask the database itself, not what is remembered of the next 30 nights.")
]
CacheControl = Annotated[
    str | None,
    HeaderParameter(name="Cache-Control", max_length=200, description="`no-cache` asks as `fresh=true` does."),
]
IfNoneMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-None-Match", max_length=2_000, description="The ETag you have: the answer is 304 while it stands."
    ),
]


class Found(msgspec.Struct, frozen=True):
    """An answer as it is sent; `age` in seconds, `source` as Cache-Status has it."""

    body: bytes
    etag: str
    age: int = 0
    source: str = HIT

    @classmethod
    def of(cls, body: bytes, source: str = HIT) -> "Found":
        """Return an answer with the entity tag of what it says, so that it is the same from wherever it comes."""
        return cls(body, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"', source=source)

    def told(self, age: int, source: str) -> "Found":
        """Return it with another age and source."""
        if age == self.age and source == self.source:
            return self
        return msgspec.structs.replace(self, age=age, source=source)

    def stale(self, age: int) -> "Found":
        """Return it marked as what was known last, so many seconds ago."""
        return self.told(age, database_away(age))


def database_away(age: int) -> str:
    """Return the source of what was known last: fresh no more since its age in seconds (RFC 9211, 2.5)."""
    return f"hit; ttl=-{age}; detail=database_away"


def found_answer(found: Found, if_none_match: str | None, more: dict[str, str] | None = None) -> ASGIApp:
    """Return the answer as it is sent, 304 to whoever has it already."""
    headers = {
        "Age": str(found.age),
        # Kept by whoever asked, for themselves, and asked for again each time: that costs them no body.
        "Cache-Control": "private, no-cache",
        "Cache-Status": f"omd; {found.source}",
        "ETag": found.etag,
        # Another key may see other hotels at the same address.
        "Vary": "Authorization, Cookie",
        **(more or {}),
    }
    if is_known(if_none_match, found.etag):
        return EncodedAnswer(HTTP_304_NOT_MODIFIED, headers)
    return EncodedAnswer(HTTP_200_OK, headers, found.body)
