"""The one root of every refusal the product can give."""

from typing import ClassVar

import msgspec


class FieldProblem(msgspec.Struct, frozen=True):
    """One thing wrong with one field of the input.

    `pointer` is a JSON pointer into the request body (`/arrival`), `?name` for a query parameter, `{name}` for a part
    of the path, or a header's name.
    """

    pointer: str
    code: str
    detail: str


class OmdError(Exception):
    """A refusal with a stable code; subclasses state `code`, `status` and `title`.

    `detail` says what happened, to which thing, and what to do next. `problems` names every wrong
    field at once. `data` carries machine-readable facts (dates sold out, stays in the way) and is
    served beside the standard members of the RFC 9457 problem document.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]

    def __init__(
        self,
        detail: str,
        *,
        problems: tuple[FieldProblem, ...] = (),
        data: dict[str, object] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = problems
        self.data = data or {}
        self.retry_after = retry_after


class InvalidInput(OmdError):
    """The input itself is wrong, whatever the state of the world."""

    code = "invalid_input"
    status = 422
    title = "The input is not valid"


class NotFound(OmdError):
    """There is no such thing, or it belongs to somebody else: the answer is the same."""

    code = "not_found"
    status = 404
    title = "Not found"


class NotAllowed(OmdError):
    """The thing is known to the caller, the action is not theirs to take."""

    code = "not_allowed"
    status = 403
    title = "Not allowed"


class StaleVersion(OmdError):
    """Somebody changed the thing since the caller read it."""

    code = "stale_version"
    # RFC 9110, 13.1.1 allows 412 for a failed If-Match and asks for none: it is a conflict like a room taken.
    status = 409
    title = "The thing has changed since you read it"


class DatabaseUnavailable(OmdError):
    """The database cannot be reached right now; nothing was written."""

    code = "database_unavailable"
    status = 503
    title = "The database is away"
