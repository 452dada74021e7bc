"""Webhooks as they are kept and shown, and what a worker needs to deliver."""

from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from omd.infra.events import Event

Status = Literal["pending", "delivered", "dead"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Place(msgspec.Struct, frozen=True):
    """Whose webhooks: one business's, or the tenant's own when `business_id` is None."""

    omd_id: int
    business_id: int | None


class Webhook(msgspec.Struct, frozen=True):
    """A webhook, without its secret. `event_types` empty: it is told of all.

    `disabled_why` is `asked`, or `gone` after an answer 410. `failing_since` is the first failed attempt after the last
    good one; `rests_until` when a target that gave no answer is asked again. A replay under way ends at `replay_until`.
    """

    id: UUID
    url: str
    event_types: list[str]
    description: str
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
    disabled_why: Literal["asked", "gone"] | None
    failing_since: datetime | None
    rests_until: datetime | None
    overlap_until: datetime | None
    replay_until: int | None


class Delivery(msgspec.Struct, frozen=True):
    """That a webhook is to be told of the event at a position, and how far that is."""

    position: int
    type: str
    aggregate: str
    aggregate_id: str
    status: Status
    attempts: int
    planned_at: datetime
    next_attempt_at: datetime
    last_attempt_at: datetime | None
    last_status: int | None
    last_error: str | None
    ended_at: datetime | None


class Attempt(msgspec.Struct, frozen=True):
    """What came of one attempt: the status that was answered, or why there is none. Without a position: a test."""

    id: int
    position: int | None
    at: datetime
    milliseconds: int
    status: int | None
    error: str | None


class SecretRow(msgspec.Struct, frozen=True):
    """Where a webhook leads and what it is signed with, encrypted."""

    url: str
    secret: bytes
    old_secret: bytes | None
    overlap_until: datetime | None


class KeptSecret(msgspec.Struct, frozen=True):
    """What a webhook is signed with, encrypted."""

    id: UUID
    secret: bytes
    old_secret: bytes | None


class Target(msgspec.Struct, frozen=True):
    """A subscription as the planner sees it."""

    omd_id: int
    id: UUID
    business_id: int | None
    event_types: list[str]


class Replay(msgspec.Struct, frozen=True):
    """A subscription that is to be told of the past: of what is after a position, or since an instant."""

    omd_id: int
    id: UUID
    business_id: int | None
    event_types: list[str]
    replay_since: datetime | None
    replay_after: int | None
    replay_until: int

    @property
    def target(self) -> Target:
        """Return the subscription."""
        return Target(self.omd_id, self.id, self.business_id, self.event_types)


class Claimed(msgspec.Struct, frozen=True):
    """A delivery that is this worker's for a while: the event, and whom to tell of it."""

    omd_id: int
    subscription_id: UUID
    subscription_business_id: int | None
    url: str
    secret: bytes
    old_secret: bytes | None
    overlap_until: datetime | None
    unanswered: int
    attempts: int
    planned_at: datetime
    position: int
    business_id: int | None
    aggregate: str
    aggregate_id: str
    aggregate_version: int
    type: str
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    data: str

    @property
    def event(self) -> Event:
        """Return the event."""
        return msgspec.convert(self, Event, from_attributes=True)

    @property
    def place(self) -> Place:
        """Return whose subscription it is."""
        return Place(self.omd_id, self.subscription_business_id)

    @property
    def message_id(self) -> str:
        """Return what stays the same however often the message is sent.

        The instant tells it from the message of an event that was lost, and had the same position.
        """
        written = (self.recorded_at - _EPOCH) // timedelta(microseconds=1)
        return f"msg_{self.subscription_id.hex}_{self.position}_{written:x}"


def secret_context(webhook_id: UUID) -> str:
    """Return where a secret stands, which it is encrypted for."""
    return f"webhook:{webhook_id}"
