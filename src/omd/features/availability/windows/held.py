"""Windows as a process holds them, and what it finds among them."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from omd.features.availability.windows.model import Window
from omd.kernel.ids import BusinessId

Result = TypeVar("Result")

MOST_ANSWERS = 64


class HeldWindow:
    """A window in this process, with what was made of it for those who asked."""

    __slots__ = ("answers", "asked_at", "is_new", "life", "replaced_at", "version", "window")

    def __init__(self, window: Window, version: int, life: str, *, is_new: bool = False) -> None:
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


class Looked(msgspec.Struct, frozen=True):
    """What was found: the windows that know the stay, and of which hotels the database has to be asked.

    `is_new` where one of the windows was read for this search.
    """

    windows: Sequence[HeldWindow]
    beyond: Sequence[BusinessId] = ()
    is_new: bool = False


class LastKnown(msgspec.Struct, frozen=True):
    """Windows that were true once: for how many seconds it is not known of the oldest whether it is yet."""

    windows: Sequence[HeldWindow]
    age: int
