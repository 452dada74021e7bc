"""Who came in, what they hold, and the actor they are for one action."""

from collections.abc import Iterable

import msgspec

from omd.features.identity.permissions import REACH, ROLES, Action, Role
from omd.kernel.actor import Actor
from omd.kernel.errors import NotAllowed
from omd.kernel.ids import BusinessId, OmdId

_GUESTS = frozenset({Action.RESERVATIONS_READ, Action.CHANGES_READ})
"""What a hotel's consent lets its destination do there."""


class Grant(msgspec.Struct, frozen=True):
    """What somebody may do in one hotel, or in the destination itself when `business_id` is None."""

    business_id: BusinessId | None
    actions: frozenset[Action]
    role: Role | None = None

    def may_with_consent(self, action: Action) -> bool:
        """Say whether this reads where a hotel consented: every role of the destination, and a key with the scope."""
        return self.role is not None or action in self.actions


class Principal(msgspec.Struct, dict=True):
    """A person or program that came in, in the destination it works in.

    `members` are the destination's hotels, known where a grant is of the destination itself; `consented` those of
    them whose guests it may read. `label` names it in events and audit; `stay_code` is the one stay of a guest.
    """

    label: str
    omd_id: OmdId
    grants: tuple[Grant, ...]
    members: tuple[BusinessId, ...] = ()
    consented: tuple[BusinessId, ...] = ()
    user_id: int | None = None
    is_operator: bool = False
    stay_code: str | None = None
    actors: dict[Action, Actor] = {}

    def actor_for(self, action: Action, *, address: str = "", request_id: str = "") -> Actor:
        """Return the actor of one request: it reaches the hotels in which this principal may do the action.

        Raises `NotAllowed` when that is nowhere. Which hotel a request names plays no part, so the answer says
        nothing about whether it exists.
        """
        actor = self.actors.get(action)
        if actor is None:
            actor = self.actors[action] = self._narrowed(action)
        return msgspec.structs.replace(actor, address=address, request_id=request_id)

    def _narrowed(self, action: Action) -> Actor:
        granted = [grant for grant in self.grants if action in grant.actions and not _needs_consent(grant, action)]
        of_omd = any(grant.business_id is None for grant in self.grants)
        reads = any(_needs_consent(grant, action) and grant.may_with_consent(action) for grant in self.grants)
        consented = self.consented if reads else ()
        operates = self.is_operator and action in ROLES["operator"]
        is_own = REACH[action] == "own" and self.user_id is not None
        if not granted and not consented and not operates and not is_own:
            raise self._refusal(action)
        there = _hotels(granted)
        reach = REACH[action]
        if action is Action.OWNERS_INVITE and any(grant.business_id is None for grant in granted):
            there = self.members
        return Actor(
            omd_id=self.omd_id,
            scope="guest" if self.stay_code is not None else "omd" if of_omd else "hotel",
            business_ids=self.members if of_omd else _hotels(self.grants),
            staff_business_ids=there if reach == "serves" else (),
            label=self.label,
            # Of a hotel's audit, what tells of guests is for whoever reads them as well.
            reading_business_ids=_united(there, consented) if reach == "reads" or action is Action.AUDIT_READ else (),
            admin_business_ids=there if reach == "administers" else (),
            administers_omd=reach == "administers" and any(grant.business_id is None for grant in granted),
            operates_platform=operates,
            user_id=self.user_id,
            stay_code=self.stay_code,
        )

    def _refusal(self, action: Action) -> NotAllowed:
        needed = [role for role, actions in ROLES.items() if action in actions]
        said = f"This is {action.value}, which {' or '.join(needed) or 'nobody'} may do"
        if self.stay_code is not None:
            return NotAllowed(f"{said}; you are here as the guest of one stay. Ask the hotel.")
        held = sorted({grant.role for grant in self.grants if grant.role is not None})
        if held:
            return NotAllowed(f"{said}; you are here as {', '.join(held)}. Ask whoever manages the hotel's staff.")
        if self.user_id is not None:
            return NotAllowed(f"{said}; you have no such role where you work. Ask whoever could invite you there.")
        return NotAllowed(f"{said}; this key may not. Use a key with that scope, of the right hotel or destination.")


def _needs_consent(grant: Grant, action: Action) -> bool:
    return grant.business_id is None and action in _GUESTS


def _hotels(grants: Iterable[Grant]) -> tuple[BusinessId, ...]:
    return tuple(sorted({grant.business_id for grant in grants if grant.business_id is not None}))


def _united(some: tuple[BusinessId, ...], others: tuple[BusinessId, ...]) -> tuple[BusinessId, ...]:
    return tuple(sorted({*some, *others}))
