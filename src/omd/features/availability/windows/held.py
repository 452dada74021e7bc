"""Windows as a process holds them, and what it finds among them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId

Result = TypeVar("Result")

MOST_ANSWERS = 64


class OfHotel(Protocol):
    """What every kind of window has: whose it is, when it is of use, and which stays it knows."""

    @property
    def omd_id(self) -> OmdId:
        """The destination of the hotel."""

    @property
    def business_id(self) -> BusinessId:
        """The hotel."""

    @property
    def is_whole(self) -> bool:
        """Say whether all that it claims to hold is there."""

    def is_of(self, now: datetime) -> bool:
        """Say whether the hotel still works on the day with which the window begins."""

    def covers(self, stay: StayDates) -> bool:
        """Say whether it knows all that a stay depends on."""


W = TypeVar("W", bound=OfHotel)


class Held(Generic[W]):
    """A window in this process, with what was made of it for those who asked."""

    __slots__ = ("answers", "asked_at", "is_new", "life", "replaced_at", "version", "window")

    def __init__(self, window: W, version: int, life: str, *, is_new: bool = False) -> None:
        """`is_new` says that the database has just been asked for it, and nobody was answered from it yet."""
        self.window = window
        self.is_new = is_new
        self.version = version
        self.life = life
        self.asked_at = 0.0
        self.replaced_at: float | None = None
        self.answers: dict[tuple[object, ...], Any] = {}

    def answer(self, key: tuple[object, ...], make: Callable[[], Result]) -> Result:
        """Return what was made under a key of this window, made now where it is not there."""
        found = self.answers.get(key)
        if found is None:
            if len(self.answers) >= MOST_ANSWERS:
                self.answers.clear()
            self.answers[key] = made = make()
            return made
        known: Result = found
        return known


class Looked(msgspec.Struct, Generic[W], frozen=True):
    """What was found: the windows that know the stay, and of which hotels the database has to be asked.

    `is_new` where one of the windows was read for this search.
    """

    windows: Sequence[Held[W]]
    beyond: Sequence[BusinessId] = ()
    is_new: bool = False


class LastKnown(msgspec.Struct, Generic[W], frozen=True):
    """Windows that were true once: for how many seconds it is not known of the oldest whether it is yet."""

    windows: Sequence[Held[W]]
    age: int
