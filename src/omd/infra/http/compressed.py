"""Answers that are compressed for who accepts it: lists and drawings, which are large and hold no secret.

Not every answer is: one that shows a secret beside what a stranger made it say gives the secret away by its length.
"""

import asyncio
import re
import zlib
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import zstandard
from litestar import Request
from litestar.status_codes import HTTP_200_OK

from omd.infra.http.encoded import EncodedAnswer

SMALLEST = 1_024
"""Bytes below which an answer goes as it is: it fits into one packet anyway."""

_ZSTD_LEVEL = 3
_GZIP_LEVEL = 6
_GZIP_WINDOW = 31
_QUALITY = re.compile(r"q=(0(\.[0-9]{0,3})?|1(\.0{0,3})?)")

_encode = msgspec.json.Encoder().encode
_compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL)
"""One for all answers of a process: it belongs to one thread at a time, and the loop's is the one that uses it."""


Coding = Literal["zstd", "gzip"]


class Packed(msgspec.Struct, frozen=True):
    """A body as it is sent, and how it is compressed, if it is."""

    body: bytes
    coding: Coding | None


async def compressed_answer(
    request: Request[Any, Any, Any], content: object, headers: Mapping[str, str] | None = None
) -> EncodedAnswer:
    """Return the answer that serves this content as JSON, by zstd or gzip where the request accepts one."""
    return packed_answer(await pack(_encode(content), wanted_coding(request)), headers)


def packed_answer(packed: Packed, headers: Mapping[str, str] | None = None) -> EncodedAnswer:
    """Return the answer that sends a body as it was packed."""
    given = {**(headers or {}), "Vary": "Accept-Encoding"}
    if packed.coding is not None:
        given["Content-Encoding"] = packed.coding
    return EncodedAnswer(HTTP_200_OK, given, packed.body)


async def pack(body: bytes, coding: Coding | None) -> Packed:
    """Compress a body, unless it is small or no coding is wanted."""
    if coding is None or len(body) < SMALLEST:
        return Packed(body, None)
    # zstd takes half a millisecond for the largest of them, gzip ten times that: too long for the others to wait.
    return Packed(_compressor.compress(body) if coding == "zstd" else await asyncio.to_thread(_gzip, body), coding)


def wanted_coding(request: Request[Any, Any, Any]) -> Coding | None:
    """Return what a request has its answer compressed by, None where it takes neither."""
    return accepted_coding(request.headers.get("accept-encoding"))


def accepted_coding(accept_encoding: str | None) -> Coding | None:
    """Return `zstd` or `gzip`, whichever a request prefers of the two (RFC 9110, 12.5.3); None where it takes neither.

    Of two it likes as much, zstd. What is no coding with a quality is passed over.
    """
    qualities: dict[str, float] = {}
    for each in (accept_encoding or "").lower().split(","):
        coding, _, parameter = (part.strip() for part in each.partition(";"))
        quality = _QUALITY.fullmatch(parameter)
        if not parameter:
            qualities[coding] = 1.0
        elif quality:
            qualities[coding] = float(quality[1])
    others = qualities.get("*", 0.0)
    offered: tuple[Coding, Coding] = ("zstd", "gzip")
    best = max(offered, key=lambda coding: qualities.get(coding, others))
    return best if qualities.get(best, others) > 0 else None


def _gzip(body: bytes) -> bytes:
    return zlib.compress(body, _GZIP_LEVEL, _GZIP_WINDOW)
