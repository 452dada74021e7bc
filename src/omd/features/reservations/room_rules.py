"""The rules that a stay may break in a room only by somebody's decision: their names, their words, and who decides."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from omd.features.reservations.errors import RoomRulesBroken
from omd.features.reservations.model import Id, Name

Rule = Literal["too_small", "feature_missing", "feature_unwanted", "out_of_service", "not_ready", "discrepancy"]
"""A rule that may be overridden by name: one of the stay's own, or one of the room as it is."""


class BrokenRule(msgspec.Struct, frozen=True):
    """A rule that a stay would break in a room, and what it says, as part of a sentence."""

    rule: Rule
    said: str


class RuleOverride(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rules somebody breaks on purpose, by name, and why."""

    overrides: Annotated[list[Rule], msgspec.Meta(min_length=1, max_length=6)]
    override_reason: Name


class MoveAgainstRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A move into a room that breaks rules of the stay or the hotel: every one of them by name, and why.

    `since`, `price` and `reason` are those of a move.
    """

    room_id: Id
    overrides: Annotated[list[Rule], msgspec.Meta(min_length=1, max_length=6)]
    override_reason: Name
    since: date | None = None
    price: Literal["keep", "upgrade"] | None = None
    reason: Name | None = None


class RuledStay(msgspec.Struct, frozen=True):
    """A stay, a room for it, and the rules that it would break there."""

    reservation_id: UUID
    code: str
    room_id: int
    room_number: str
    broken: Sequence[BrokenRule]


def say_broken(rule: Rule, detail: str | None, starts_on: date | None = None, ends_on: date | None = None) -> str:
    """Return what a rule says, as part of a sentence; the detail is the feature, condition, reason or discrepancy."""
    match rule:
        case "too_small":
            return "it is too small for the party"
        case "feature_missing":
            return f"it has no {detail}, which the stay needs"
        case "feature_unwanted":
            return f"it has {detail}, which the stay must not have"
        case "out_of_service":
            return f"it is out of service from {starts_on} to {ends_on} ({detail})"
        case "not_ready":
            return f"it is {detail}"
        case "discrepancy" if detail == "sleep":
            return "somebody was seen in it whom the front office does not know of"
        case "discrepancy":
            return "nobody was seen in it, though the front office has guests there"


def require_rules(stays: Sequence[RuledStay], override: RuleOverride | None) -> None:
    """Raise `RoomRulesBroken`, naming every broken rule of every stay, unless each is overridden by name."""
    broken = [(stay, each) for stay in stays for each in stay.broken]
    named = () if override is None else override.overrides
    left = sorted({each.rule for _, each in broken if each.rule not in named})
    if not left:
        return
    told = [(stay, ", ".join(each.said for each in stay.broken)) for stay in stays if stay.broken]
    said = "; ".join(f"room {stay.room_number} for {stay.code}: {words}" for stay, words in told)
    raise RoomRulesBroken(
        f"Rules would be broken by {said}. Take other rooms, or let somebody with the right override "
        f"{', '.join(left)} by name, for a reason. Nothing was moved.",
        data={
            "broken": [
                {
                    "reservation_id": stay.reservation_id,
                    "code": stay.code,
                    "room_id": stay.room_id,
                    "room_number": stay.room_number,
                    "rule": each.rule,
                    "said": each.said,
                }
                for stay, each in broken
            ],
            "not_overridden": left,
        },
    )
