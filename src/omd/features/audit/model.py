"""An entry of the audit, what narrows a search in it, and how long things are kept by default."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

AuditAction = Literal["insert", "update", "delete", "read", "export", "erase"]
Kept = Literal["guest_contacts", "guest_documents", "guest_minimum", "audit", "ticket_photos"]

DEFAULT_DAYS: Mapping[Kept, int] = {
    "guest_contacts": 3 * 365,
    "guest_documents": 30,
    "guest_minimum": 0,
    "audit": 2 * 365,
    "ticket_photos": 365,
}
"""Days each is kept where no rule of the hotel or its destination says otherwise; those of guests from the departure
on. `guest_minimum` is how long the law asks a stay's guests to be kept: until then an erasure is refused.
Photos of tickets go so long after their ticket was closed."""


class AuditEntry(msgspec.Struct, frozen=True):
    """One write: who did what to which row, when, from where; `before` and `after` hold the columns that changed.

    Values that are secret stand as the word `changed`, those of an erased guest as `(erased)`. `at` is when the
    transaction of the write began.
    """

    id: UUID
    at: datetime
    business_id: int | None
    thing: str
    row_key: str
    action: AuditAction
    actor: str
    user_id: int | None
    address: str | None
    request_id: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AuditFilter(msgspec.Struct, frozen=True):
    """What narrows a search in the audit: entries of `[since, until)`; a field that is None narrows nothing."""

    since: datetime
    until: datetime
    thing: str | None = None
    row_key: str | None = None
    actor: str | None = None
    action: AuditAction | None = None
