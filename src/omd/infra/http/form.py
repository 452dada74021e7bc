"""Form bodies: read strictly, where a protocol prescribes them."""

from typing import Any
from urllib.parse import unquote_to_bytes

from litestar import Request

FORM = "application/x-www-form-urlencoded"
MAX_FORM_BYTES = 20_000


class FormInvalid(ValueError):
    """The body is no form, is too long, is not UTF-8, or names a field twice; the text says which."""


async def read_form(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Return the fields of a form body by their names; raise `FormInvalid`."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise FormInvalid(f"Send the body as {FORM}.")
    raw = await request.body()
    if len(raw) > MAX_FORM_BYTES:
        raise FormInvalid(f"The body is longer than {MAX_FORM_BYTES} bytes.")
    fields: dict[str, str] = {}
    for pair in filter(None, raw.split(b"&")):
        name, _, value = (form_decoded(part) for part in pair.partition(b"="))
        if name in fields:
            raise FormInvalid("A field may be sent once only.")
        fields[name] = value
    return fields


def form_decoded(text: bytes) -> str:
    """Return what a form-encoded text stands for; raise `FormInvalid` for what is no UTF-8 or holds a NUL."""
    try:
        decoded = unquote_to_bytes(text.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise FormInvalid("The form is not UTF-8.") from None
    if "\0" in decoded:
        raise FormInvalid("The form holds a NUL.")
    return decoded
