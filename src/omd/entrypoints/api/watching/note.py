"""What is known of a request while it is served, for the figures and the log: whose it is, and what it does."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from omd.features.identity import Principal

Caller = Literal["person", "key", "account", "guest", "nobody"]
"""Kinds of callers: few, so that they may be labels of a figure."""

_NOTE = "omd_request_note"


class RequestNote(msgspec.Struct):
    """Whose request it is. `actor` is a label such as `user:7`; a guest's would be half of what lets them in.

    `is_repeat` says that its caller was refused the same a moment ago: then it is counted, not logged.
    """

    caller: Caller = "nobody"
    actor: str | None = None
    omd_id: int | None = None
    business_id: int | None = None
    of_destination: bool = False
    is_repeat: bool = False


def begin_note(scope: Any) -> RequestNote:
    """Return a new note, kept in the ASGI scope of the request."""
    note = RequestNote()
    scope[_NOTE] = note
    return note


def note_of(scope: Any) -> RequestNote:
    """Return the note of the request with this ASGI scope."""
    note = scope.get(_NOTE)
    return note if isinstance(note, RequestNote) else RequestNote()


def note_caller(scope: Any, principal: Principal, path_params: Mapping[str, Any]) -> None:
    """Note who came in, and the hotel they ask for where it is one of theirs."""
    note = note_of(scope)
    note.caller = _kind(principal)
    note.actor = None if note.caller == "guest" else principal.label
    note.omd_id = principal.omd_id
    held = {grant.business_id for grant in principal.grants if grant.business_id is not None}
    named = path_params.get("business_id")
    if named in held or named in principal.members:
        note.business_id = named
    elif len(held) == 1:
        note.business_id = next(iter(held))
    note.of_destination = any(grant.business_id is None for grant in principal.grants)


def note_again(scope: Any, known: RequestNote) -> None:
    """Note that the request comes from who sent the one that is known."""
    note = note_of(scope)
    note.caller, note.actor = known.caller, known.actor
    note.omd_id, note.business_id, note.of_destination = known.omd_id, known.business_id, known.of_destination
    note.is_repeat = True


def keys_of(note: RequestNote) -> tuple[str, ...]:
    """Return for whom a request counts: the destination whose own it is, or the hotel it was for."""
    if note.of_destination:
        return (f"omd:{note.omd_id}",)
    return () if note.business_id is None else (f"business:{note.business_id}",)


def _kind(principal: Principal) -> Caller:
    if principal.stay_code is not None:
        return "guest"
    if principal.user_id is not None:
        return "person"
    return "account" if principal.label.startswith("account:") else "key"
