"""What is sent and answered about webhooks, and what an integrator has to know of a message."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from omd.infra.webhooks import Sender, Status, Webhook

MONTH_SECONDS = 31 * 24 * 3600
DAY_SECONDS = 24 * 3600
LAST_POSITION = 2**63 - 1

SenderDep = NamedDependency[Sender]

_Url = Annotated[str, msgspec.Meta(min_length=1, max_length=2000, pattern=r"^https?://[^\s\x00]+$")]
_Types = Annotated[
    list[Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[a-z_]+\.[a-z_]+$")]], msgspec.Meta(max_length=100)
]
_Description = Annotated[str, msgspec.Meta(max_length=500, pattern=r"^[^\x00]*$")]
_Position = Annotated[int, msgspec.Meta(ge=0, le=LAST_POSITION)]
_Instant = Annotated[datetime, msgspec.Meta(tz=True, description="An instant with its offset, RFC 3339.")]

OfStatus = Annotated[Status | None, QueryParameter(description="Only deliveries that stand so.")]
OfPosition = Annotated[
    int | None, QueryParameter(ge=0, le=LAST_POSITION, description="Only attempts of the event at this position.")
]
After = Annotated[int | None, QueryParameter(ge=0, le=LAST_POSITION, description="The cursor of the page before.")]


class NewWebhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A webhook to add: an https address, and of which types it is told; none means all."""

    url: _Url
    event_types: _Types = []
    description: _Description = ""


class WebhookChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change; what is left out stays. Disabled, it is told nothing until it is enabled again."""

    url: _Url | None = None
    event_types: _Types | None = None
    description: _Description | None = None
    disabled: bool | None = None


class SecretRotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many seconds the old secret signs beside the new one: a day unless said otherwise, 0 ends it now."""

    overlap_seconds: Annotated[int, msgspec.Meta(ge=0, le=MONTH_SECONDS)] = DAY_SECONDS


class ReplayAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From where to tell again: after a position, or since an instant; one of the two."""

    after_position: _Position | None = None
    since: _Instant | None = None


class WebhookMade(msgspec.Struct, frozen=True):
    """A webhook with a new secret. It is shown this once: a repeated request gets null, and rotates for another."""

    webhook: Webhook
    secret: str | None


class TestResult(msgspec.Struct, frozen=True):
    """What came of a test: whether it was taken, the status that was answered, or why there is none."""

    delivered: bool
    status: int | None
    error: str | None
    milliseconds: int


def spec(status: int, kind: type, said: str) -> dict[int, ResponseSpec]:
    """Return how an answer is documented."""
    return {status: ResponseSpec(kind, description=said, generate_examples=False)}


MADE = spec(201, WebhookMade, "The webhook is there; its secret is shown this once.")
ROTATED = spec(200, WebhookMade, "It is signed by a new secret, shown this once.")
CHANGED = spec(200, Webhook, "The webhook as it is now.")
DELETED = spec(200, Webhook, "The webhook as it was.")
TESTED = spec(200, TestResult, "What came of the test.")
REPLAYED = spec(202, Webhook, "It will be told again, up to `replay_until`.")
