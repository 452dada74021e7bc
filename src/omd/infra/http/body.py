"""Request bodies: decoded once, straight into the type the resource asks for, and strictly.

The framework's own way decodes to plain objects first and then converts leniently: it takes `"2"` for 2. A body
that is refused is remembered in the request's scope, so that whoever sends it without a token is told of the
token first, and problems of the body are told together with those of the query and the headers.
"""

from typing import Any

import msgspec
from litestar import Request

from omd.infra.http.repeated_fields import repeated_fields
from omd.infra.http.validation import body_problems
from omd.kernel.errors import FieldProblem, InvalidInput, OmdError

_REFUSAL = "omd_body_refusal"
_REFUSED = object()
"""Stands for a body that was refused: no type takes it, so the framework's validation fails."""

_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


class MalformedJson(OmdError):
    """The body is not JSON."""

    code = "malformed_json"
    status = 400
    title = "The body is not JSON"


class UnsupportedMediaType(OmdError):
    """The body is of a kind that is not read here."""

    code = "unsupported_media_type"
    status = 415
    title = "Unsupported media type"


class BodyRequest(Request[Any, Any, Any]):
    """A request whose JSON body is decoded strictly into its handler's type."""

    async def json(self) -> Any:
        """Return the body as the type the handler asks for."""
        raw = await self.body()
        foreign = _foreign_media_type(self.headers.get("content-type"))
        if foreign is not None:
            self.scope[_REFUSAL] = foreign  # type: ignore[literal-required]  # a key of ours
            return _REFUSED
        field = self.route_handler.parsed_data_field
        expected = Any if field is None else field.annotation
        decoder = _decoders.get(expected)
        if decoder is None:
            decoder = _decoders[expected] = msgspec.json.Decoder(expected)
        try:
            body = decoder.decode(raw)
            twice = repeated_fields(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self.scope[_REFUSAL] = _refusal(expected, raw, error)  # type: ignore[literal-required]  # a key of ours
            return _REFUSED
        if twice:
            said = "A field of the body is given more than once."
            self.scope[_REFUSAL] = InvalidInput(said, problems=twice)  # type: ignore[literal-required]  # a key of ours
            return _REFUSED
        return body


def _foreign_media_type(said: str | None) -> UnsupportedMediaType | None:
    """Return the refusal of a body that says it is no JSON; one that says nothing is taken for JSON (RFC 9110, 8.3)."""
    if said is None or said == "application/json":
        return None
    kind, *parameters = (part.strip().lower() for part in said.split(";"))
    charsets = [part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset=")]
    is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    if is_json and all(charset == "utf-8" for charset in charsets):
        return None
    told = "Send the body as application/json in UTF-8, and say so in Content-Type."
    return UnsupportedMediaType(told, problems=(FieldProblem("Content-Type", "unsupported_media_type", told),))


def body_refusal(request: Request[Any, Any, Any]) -> OmdError | None:
    """Return why the body of a request was refused, None when it was not, or was never looked at."""
    refusal = request.scope.get(_REFUSAL)
    return refusal if isinstance(refusal, OmdError) else None


def _refusal(expected: Any, raw: bytes, error: Exception) -> OmdError:
    if not isinstance(error, msgspec.ValidationError):
        return _malformed(error)
    try:
        problems = body_problems(expected, msgspec.json.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as worse:
        return _malformed(worse)
    return InvalidInput(str(error), problems=problems)


def _malformed(error: Exception) -> MalformedJson:
    where = ""
    if isinstance(error, msgspec.DecodeError):
        _, at, byte = str(error).partition("(byte ")
        where = f" at byte {byte.split(')')[0]}" if at else ""
    elif isinstance(error, RecursionError):
        where = ": it is nested too deeply"
    said = f"The body cannot be read as JSON{where}; send one JSON object in UTF-8."
    return MalformedJson(said, problems=(FieldProblem("", "malformed_json", said),))
