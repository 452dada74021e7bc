"""What the table of permissions says somebody is answered; never a second table."""

from typing import Literal

import msgspec

from omd.entrypoints.api.operations import OPERATIONS
from omd.features.identity.permissions import REACH, ROLES, Action
from support.matrix.callers import DESTINATIONS, Caller, Holding, lies_within
from support.openapi import Operation

OF_ALL_MEMBERS = {"getDestinationAvailability", "searchOffers", "followOmd"}
"""What tells of all hotels of a destination together; all else that can be read of it a hotel's own people read too."""

_TARGETS = (("reservation_id", "stay"), ("business_id", "grand"), ("omd_id", "alpha"))

Kind = Literal["open", "let in", "refused"]


class Expected(msgspec.Struct, frozen=True):
    """Whether somebody is let in; refused, with which status, and whether as for what does not exist."""

    kind: Kind
    status: int = 0

    @property
    def hides(self) -> bool:
        """Say whether the answer must be that of an id that does not exist."""
        return self.status == 404


OPEN, LET_IN = Expected("open"), Expected("let in")


def action_of(operation: Operation) -> Action | None:
    """Return the action an operation is, None for what is open to everybody."""
    return OPERATIONS.get(operation.document["operationId"])


def target_of(operation: Operation, names: frozenset[str]) -> str:
    """Return what an operation is about: the innermost place its path names; of one's own, its request's."""
    action = action_of(operation)
    if action is None:
        return "everybody"
    for name, place in _TARGETS:
        if f"{{{name}}}" in operation.path or (REACH[action] == "own" and name in names):
            return place
    if action in ROLES["guest"]:
        return "stay"
    if REACH[action] == "operates":
        return "platform"
    if REACH[action] == "own":
        return "oneself"
    said = f"{operation.name} names no place in its path: say in support/matrix/rights.py what it is about"
    raise AssertionError(said)


def expected(caller: Caller, operation: Operation, names: frozenset[str]) -> Expected:
    """Return what a caller is answered who asks an operation about the victim, in `names` of the request."""
    action = action_of(operation)
    if action is None:
        return OPEN
    if caller.is_nobody:
        return Expected("refused", 401)
    target = target_of(operation, names)
    inside = any(lies_within(each.place, target) or lies_within(target, each.place) for each in caller.holdings)
    if REACH[action] == "own":
        if not caller.is_person:
            return Expected("refused", 403)
        return LET_IN if target == "oneself" or inside else Expected("refused", 404)
    if not any(_does_anywhere(each, action) for each in caller.holdings):
        return Expected("refused", 403)
    if not inside:
        return Expected("refused", 404)
    done = any(_does(each, action, operation, target) for each in caller.holdings)
    return LET_IN if done else Expected("refused", 403)


def _does_anywhere(holding: Holding, action: Action) -> bool:
    """Say whether a holding lets somebody do the action somewhere; a destination reads guests by consent alone."""
    return action in holding.actions and not (holding.place in DESTINATIONS and REACH[action] == "reads")


def _does(holding: Holding, action: Action, operation: Operation, target: str) -> bool:
    if not _does_anywhere(holding, action):
        return False
    if holding.place == target:
        return True
    if holding.place in DESTINATIONS and lies_within(target, holding.place):
        return REACH[action] == "inventory" or action is Action.OWNERS_INVITE
    if lies_within(target, holding.place):
        return True
    of_all = operation.document["operationId"] in OF_ALL_MEMBERS
    return lies_within(holding.place, target) and REACH[action] == "inventory" and not of_all
