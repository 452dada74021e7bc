"""Windows as a process holds them, and what it finds among them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from prometheus_client import Gauge

from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId

Result = TypeVar("Result")


MOST_ANSWERS = 64
MOST_OF_WINDOW_BYTES = 256 * 1024
MOST_ANSWER_BYTES = 64 * 1024 * 1024
MOST_WINDOW_BYTES = 48 * 1024 * 1024
"""All for one process. Of full hotels of the demo a window takes 7 kB, an answer one or two."""

_KEY_BYTES = 500
BYTES = Gauge(
    "omd_window_bytes",
    "Memory that processes of the API keep for searches: windows, answers made of them.",
    ["kept"],
    multiprocess_mode="livesum",
)


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

    @property
    def bytes_held(self) -> int:
        """How many bytes of memory it takes, about."""

    def is_of(self, now: datetime) -> bool:
        """Say whether the hotel still works on the day with which the window begins."""

    def covers(self, stay: StayDates) -> bool:
        """Say whether it knows all that a stay depends on."""


W = TypeVar("W", bound=OfHotel)


class Held(Generic[W]):
    """A window in this process, with what was made of it for those who asked, while `memory` keeps that."""

    __slots__ = ("answer_bytes", "answers", "asked_at", "is_new", "life", "memory", "replaced_at", "version", "window")

    def __init__(self, window: W, version: int, life: str, *, is_new: bool = False) -> None:
        """`is_new` says that the database has just been asked for it, and nobody was answered from it yet."""
        self.window = window
        self.is_new = is_new
        self.version = version
        self.life = life
        self.asked_at = 0.0
        self.replaced_at: float | None = None
        self.memory: AnswerMemory | None = None
        self.answers: dict[tuple[object, ...], Any] = {}
        self.answer_bytes = 0

    def answer(self, key: tuple[object, ...], make: Callable[[], Result], weigh: Callable[[Result], int]) -> Result:
        """Return what was made under a key of this window, made now where it is not there; `weigh` tells its bytes."""
        found = self.answers.get(key)
        if found is None:
            made = make()
            if self.memory is not None:
                self.memory.keep(self, key, made, weigh(made) + _KEY_BYTES)
            return made
        known: Result = found
        return known


class AnswerMemory:
    """Keeps what was made of windows up to so many bytes; of the window that was first, all is forgotten first."""

    def __init__(
        self, kept: str = "answers", *, most_bytes: int = MOST_ANSWER_BYTES, most_of_window: int = MOST_OF_WINDOW_BYTES
    ) -> None:
        self._most_bytes = most_bytes
        self._most_of_window = min(most_of_window, most_bytes)
        self._windows: dict[Held[Any], None] = {}
        self._told = BYTES.labels(kept)
        self.bytes = 0

    def keep(self, held: Held[Any], key: tuple[object, ...], made: object, weight: int) -> None:
        """Keep what was made of a window; what is too heavy by itself is not kept."""
        if weight > self._most_of_window:
            return
        if len(held.answers) >= MOST_ANSWERS or held.answer_bytes + weight > self._most_of_window:
            self.forget(held)
        while self.bytes + weight > self._most_bytes:
            self.forget(next(iter(self._windows)))
        self._windows[held] = None
        held.answers[key] = made
        held.answer_bytes += weight
        self._count(weight)

    def forget(self, held: Held[Any]) -> None:
        """Forget what was made of a window."""
        if held in self._windows:
            del self._windows[held]
            self._count(-held.answer_bytes)
            held.answers.clear()
            held.answer_bytes = 0

    def _count(self, more: int) -> None:
        self.bytes += more
        self._told.set(self.bytes)


class HeldWindows(Generic[W]):
    """Windows by hotel, up to so many and so many bytes: those that came first go first.

    With `memory` what is made of them is kept, for as long as they are here.
    """

    def __init__(
        self, kept: str, *, most: int, most_bytes: int = MOST_WINDOW_BYTES, memory: AnswerMemory | None = None
    ) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._memory = memory
        self._windows: dict[BusinessId, Held[W]] = {}
        self._told = BYTES.labels(kept)
        self.bytes = 0

    def __len__(self) -> int:
        """How many there are."""
        return len(self._windows)

    def get(self, hotel: BusinessId) -> Held[W] | None:
        """Return the window of a hotel."""
        return self._windows.get(hotel)

    def hotels_of(self, omd_id: OmdId) -> list[BusinessId]:
        """Return the hotels of a destination that have one."""
        return [hotel for hotel, held in self._windows.items() if held.window.omd_id == omd_id]

    def put(self, hotel: BusinessId, held: Held[W]) -> None:
        """Hold a window instead of the one that is held of the hotel; one that is too heavy by itself is not held."""
        self.take(hotel)
        weight = held.window.bytes_held
        if weight > self._most_bytes:
            return
        while len(self._windows) >= self._most or self.bytes + weight > self._most_bytes:
            self.take(next(iter(self._windows)))
        held.memory = self._memory
        self._windows[hotel] = held
        self._count(weight)

    def take(self, hotel: BusinessId) -> Held[W] | None:
        """Return the window of a hotel and hold it no more."""
        held = self._windows.pop(hotel, None)
        if held is not None:
            self._let_go(held)
            self._count(-held.window.bytes_held)
        return held

    def clear(self) -> None:
        """Hold nothing any more."""
        for held in self._windows.values():
            self._let_go(held)
        self._windows.clear()
        self._count(-self.bytes)

    def _let_go(self, held: Held[W]) -> None:
        held.memory = None
        if self._memory is not None:
            self._memory.forget(held)

    def _count(self, more: int) -> None:
        self.bytes += more
        self._told.set(self.bytes)


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
