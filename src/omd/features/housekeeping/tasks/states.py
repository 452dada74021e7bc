"""What the commands about a task come to: the one table of its states, and the rules by which late commands are merged.

A task is what its commands that count come to, in the order of when they were given: in which order they came, and how
often, plays no part.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

TaskStatus = Literal[
    "open", "in_progress", "paused", "done", "inspected", "refused", "do_not_disturb", "declined", "cancelled"
]
TaskAction = Literal[
    "start", "pause", "done", "refuse", "do_not_disturb", "decline", "pass", "fail", "cancel", "withdraw", "renew"
]
WorkAction = Literal["start", "pause", "done", "refuse", "do_not_disturb", "decline"]
SupervisedAction = Literal["start", "pause", "done", "refuse", "do_not_disturb", "decline", "pass", "fail", "cancel"]

_AGAIN: Mapping[TaskAction, TaskStatus] = {"start": "in_progress", "done": "done"}
_LEAVE: Mapping[TaskAction, TaskStatus] = {
    "refuse": "refused",
    "do_not_disturb": "do_not_disturb",
    "decline": "declined",
}
EDGES: Mapping[TaskStatus, Mapping[TaskAction, TaskStatus]] = {
    "open": {**_AGAIN, **_LEAVE, "cancel": "cancelled"},
    "in_progress": {"pause": "paused", "done": "done", **_LEAVE, "cancel": "cancelled"},
    "paused": {**_AGAIN, **_LEAVE, "cancel": "cancelled"},
    "refused": {**_AGAIN, **_LEAVE, "cancel": "cancelled"},
    "do_not_disturb": {**_AGAIN, **_LEAVE, "cancel": "cancelled"},
    "declined": {**_AGAIN, **_LEAVE, "cancel": "cancelled"},
    "done": {"pass": "inspected", "fail": "open"},
    "inspected": {"fail": "open"},
    "cancelled": {},
}
"""Which actions a task allows, and what it is after them."""

_SEEN: Mapping[TaskAction, TaskStatus] = {"pass": "inspected", "fail": "open"}
LATE: Mapping[TaskStatus, Mapping[TaskAction, TaskStatus]] = {
    **{status: {**edges, **_SEEN} for status, edges in EDGES.items()},
    "open": {**EDGES["open"], **_SEEN, "withdraw": "cancelled"},
    "cancelled": {**_AGAIN, **_SEEN, "renew": "open"},
}
"""What a command does where it is put among others: what was done and seen in the room counts, whatever was planned."""

Made = Literal["dirty", "clean", "inspected"]
CLEANING = frozenset({"departure", "stayover", "arrival", "linen", "deep_clean"})
"""The kinds of tasks after which a room is clean."""

_MAKES: Mapping[TaskAction, Made] = {"done": "clean", "pass": "inspected", "fail": "dirty"}


class Said(msgspec.Struct, frozen=True):
    """A command about a task that counts."""

    id: UUID
    action: TaskAction
    at: datetime
    reason: str | None = None


class Course(msgspec.Struct, frozen=True):
    """What commands come to: the state of a task, its work in whole seconds, and what it made of its room, and when.

    `counted` are the commands that changed something, `last` the last of them; `after_cancellation` those that took up
    a task which was cancelled.
    """

    status: TaskStatus = "open"
    reason: str | None = None
    begun_at: datetime | None = None
    running_since: datetime | None = None
    worked_seconds: int = 0
    ended_at: datetime | None = None
    made: Made | None = None
    made_at: datetime | None = None
    is_withdrawn: bool = False
    last: UUID | None = None
    counted: frozenset[UUID] = frozenset()
    after_cancellation: frozenset[UUID] = frozenset()


def reckon(commands: Iterable[Said]) -> Course:
    """Return what commands come to, by when they were given, of two at the same instant by their ids."""
    course = Course()
    for said in sorted(commands, key=lambda each: (each.at, each.id)):
        course = _after(course, said)
    return course


def _after(course: Course, said: Said) -> Course:
    becomes = LATE[course.status].get(said.action)
    if becomes is None or (becomes == course.status and said.action != "fail"):
        return course
    if (said.action == "withdraw" and course.begun_at is not None) or (
        said.action == "renew" and not course.is_withdrawn
    ):
        return course
    worked = course.worked_seconds
    if course.running_since is not None:
        worked += max(0, int((said.at - course.running_since).total_seconds()))
    taken_up = course.status == "cancelled" and said.action != "renew"
    made = _MAKES.get(said.action)
    return Course(
        status=becomes,
        reason=said.reason,
        begun_at=course.begun_at or (said.at if becomes == "in_progress" else None),
        running_since=said.at if becomes == "in_progress" else None,
        worked_seconds=worked,
        ended_at=said.at if becomes == "done" else _ended(course, said, becomes),
        made=made or course.made,
        made_at=said.at if made is not None else course.made_at,
        is_withdrawn=said.action == "withdraw",
        last=said.id,
        counted=course.counted | {said.id},
        after_cancellation=course.after_cancellation | ({said.id} if taken_up else frozenset()),
    )


def _ended(course: Course, said: Said, becomes: TaskStatus) -> datetime | None:
    """Return when the work of an inspected task ended: as it was done, or, where nobody said so, as it was seen."""
    return (course.ended_at or said.at) if becomes == "inspected" else None


def allowed(status: TaskStatus, kind: str) -> tuple[TaskAction, ...]:
    """Return the actions that a task of a kind allows; an inspection ends by what is found, not by being done."""
    return tuple(
        action
        for action, becomes in EDGES[status].items()
        if becomes != status and (kind != "inspection" or action not in ("done", "pass", "fail"))
    )
