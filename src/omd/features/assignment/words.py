"""What a plan is charged for, and what keeps a stay from a room, in words."""

from collections.abc import Mapping

from omd.features.assignment.optimising.legality import Refusal
from omd.features.assignment.optimising.model import Term
from omd.features.reservations import say_broken

_TERMS: Mapping[Term, tuple[str, str]] = {
    "unassigned": ("the stay has no room", "the stay has a room"),
    "against_rule": ("it breaks a rule of the stay", "it breaks no rule of the stay"),
    "wish": ("it fulfils less of the wishes", "it fulfils more of the wishes"),
    "one_night_gap": ("it leaves a single free night", "it leaves no single free night"),
    "idle_run": ("it leaves one more stretch of free nights", "it leaves one stretch of free nights less"),
    "move": ("the stay changes its room", "the stay keeps its room"),
    "published_move": ("housekeeping was told another room", "housekeeping was told this room"),
    "out_of_service": ("the room is out of service on nights of the stay", "the room is in service"),
    "not_ready": ("the room is not ready", "the room is ready"),
    "group_apart": ("the group is spread over one more floor", "the group is closer together"),
    "other_room": ("the guest who stays on changes rooms", "the guest who stays on keeps the room"),
    "wear": ("the room was slept in more", "the room was slept in less"),
    "floor_work": ("its floor has more to clean on the day of departure", "its floor has less to clean that day"),
}


def say_difference(room: str, more: Mapping[Term, int], weights: Mapping[str, int]) -> str:
    """Return in one sentence what the other room would cost more, what weighs most first."""
    parts = sorted(more.items(), key=lambda each: -abs(each[1] * weights[each[0]]))
    said = [_TERMS[term][0 if count > 0 else 1] for term, count in parts if count * weights[term]]
    total = sum(count * weights[term] for term, count in more.items())
    if not said or not total:
        return f"Room {room} is as good."
    worth = f"costs {total} more" if total > 0 else f"costs {-total} less"
    return f"Room {room} {worth}: {', '.join(said)}."


def say_refusal(refusal: Refusal) -> str:
    """Return what a hard rule says, as part of a sentence."""
    match refusal.code:
        case "other_type":
            return "it is of another room type"
        case "day_use":
            assert refusal.dates is not None, "a day use has its day"
            return f"it is used for a part of {refusal.dates.arrival}"
        case "taken":
            assert refusal.dates is not None, "what takes a room has dates"
            return f"it is taken from {refusal.dates.arrival} to {refusal.dates.departure}"
        case rule:
            return say_broken(rule, refusal.detail)
