"""Kinds of jobs, jobs to be put in, and how a job stands."""

from datetime import datetime, timedelta
from typing import Any, Generic, Literal, TypeVar

import msgspec

from omd.infra.webhooks.backoff import Backoff

Payload = TypeVar("Payload", bound=msgspec.Struct)

State = Literal["due", "waiting", "running", "dead"]
"""To be done now; at a later time, or again; a worker is at it; given up, until an operator retries or discards it."""


class JobKind(msgspec.Struct, Generic[Payload], frozen=True):
    """What can be done by itself: its name, what it needs to know, how often it is attempted and when again.

    What a `secret` kind needs to know is encrypted while it waits. Of what is due, kinds of higher `priority` go first.
    """

    name: str
    payload: type[Payload]
    attempts: int = 10
    priority: int = 1
    backoff: Backoff = Backoff(first=timedelta(seconds=5), longest=timedelta(hours=1))
    secret: bool = False


class Nothing(msgspec.Struct, frozen=True):
    """What a kind needs to know that needs to know nothing."""


class NewJob(msgspec.Struct, frozen=True):
    """A job to be put in. Under its key it is put in once, ever; without a key each time.

    It is done after `delay`, and not before the instant `not_before`.
    """

    kind: JobKind[Any]
    payload: msgspec.Struct
    key: str | None = None
    delay: timedelta = timedelta(0)
    not_before: datetime | None = None


def new_job(
    kind: JobKind[Payload],
    payload: Payload,
    *,
    key: str | None = None,
    delay: timedelta = timedelta(0),
    not_before: datetime | None = None,
) -> NewJob:
    """Return a job of a kind with what that kind needs to know; `key` names it within the kind."""
    return NewJob(kind, payload, None if key is None else f"{kind.name}/{key}", delay, not_before)


class Attempt(msgspec.Struct, frozen=True):
    """One attempt at a job: the key under which its effect is had once, and the how manieth it is, from 1."""

    job_id: int
    key: str
    number: int


class Job(msgspec.Struct, frozen=True):
    """A job that is not done: `attempts` counts those begun, `last_error` says why the last one failed."""

    id: int
    kind: str
    key: str | None
    state: State
    attempts: int
    added_at: datetime
    due_at: datetime
    changed_at: datetime
    last_error: str | None


class Step(msgspec.Struct, frozen=True):
    """One step of a job: put in, taken, tried again or given up and why, done, discarded."""

    at: datetime
    step: str
    error: str | None


class JobShown(msgspec.Struct, frozen=True):
    """A job, unless it is done, and its steps."""

    job: Job | None
    steps: list[Step]


class Figures(msgspec.Struct, frozen=True):
    """How many jobs stand how, and how long the oldest that is due has waited."""

    due: int
    waiting: int
    running: int
    dead: int
    oldest_due_seconds: float
