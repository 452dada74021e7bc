"""What may be done to people's roles, to consents, and to found a destination.

Who may give which role, and who has to stay, is held by the trigger on memberships for every writer.
"""

from datetime import datetime

import msgspec

from omd.db import Transaction
from omd.features.identity import queries as identity_queries
from omd.features.identity.holder import Holder
from omd.features.identity.model import Omd
from omd.features.identity.people.commands import create_link
from omd.features.identity.permissions import Role
from omd.features.identity.staff import queries
from omd.features.identity.staff.errors import OmdTaken
from omd.features.identity.staff.model import Consent, Invitation, Member, NewPerson
from omd.kernel.actor import Actor
from omd.kernel.errors import NotFound
from omd.kernel.ids import BusinessId


async def invite(
    tx: Transaction, actor: Actor, holder: Holder, person: NewPerson, role: Role, *, now: datetime
) -> tuple[Member, Invitation]:
    """Give a person a role at once, and return what tells them of it.

    Raises `RoleAbove`, `HotelHasOwner` for a destination's administrator who comes too late, `RoleHeld`.
    """
    user_id, invitation = await _invite(tx, actor, holder, person, role, now=now)
    return await queries.get_member_in_role(tx, holder, user_id, role), invitation


async def change_role(
    tx: Transaction, actor: Actor, holder: Holder, membership_id: int, role: Role, *, now: datetime
) -> Member:
    """Give a person another role there instead of this one.

    Raises `NotFound`, `RoleAbove` for a role that the actor's own does not reach, before or after, `LastOfRole`.
    """
    member = await _member(tx, holder, membership_id)
    if member.role == role:
        return member
    # The new role comes first: whoever gives up a role of their own has it while they do.
    await queries.add_membership(tx, holder, member.user_id, role, created_by=actor.label)
    await queries.end_membership(tx, holder.omd_id, membership_id, ended_by=actor.label, now=now)
    return await queries.get_member_in_role(tx, holder, member.user_id, role)


async def end_membership(tx: Transaction, actor: Actor, holder: Holder, membership_id: int, *, now: datetime) -> Member:
    """End a person's role there, within a second everywhere, and return it as it was.

    Raises `NotFound`, `RoleAbove`, or `LastOfRole` for the last owner of a hotel or administrator of a destination.
    """
    member = await _member(tx, holder, membership_id)
    await queries.end_membership(tx, holder.omd_id, membership_id, ended_by=actor.label, now=now)
    return member


async def found_omd(
    tx: Transaction, actor: Actor, *, code: str, name: str, administrator: NewPerson, now: datetime
) -> tuple[Omd, Invitation]:
    """Add a destination with its first administrator, as an operator; raise `OmdTaken` for a code that is in use."""
    omd_id = await identity_queries.add_omd(tx, code, name)
    if omd_id is None:
        raise OmdTaken(f"There is a destination {code} already. Choose another code. Nothing was done.")
    _, invitation = await _invite(tx, actor, Holder(omd_id, None), administrator, "omd_administrator", now=now)
    return Omd(omd_id, code, name), invitation


async def give_consent(tx: Transaction, actor: Actor, business_id: BusinessId, *, now: datetime) -> Consent:
    """Let a hotel's destination read its guests and stays, from now on; once more changes nothing."""
    # One that stood may be revoked before it is read; the next is this transaction's own.
    while True:
        await queries.give_consent(tx, actor.omd_id, business_id, "guests", granted_by=actor.label, now=now)
        standing = await queries.find_consent(tx, actor.omd_id, business_id, "guests")
        if standing is not None:
            return standing


async def revoke_consent(tx: Transaction, actor: Actor, business_id: BusinessId, *, now: datetime) -> Consent:
    """Let a hotel's destination read its guests no more, within a second; raise `NotFound` when it may not."""
    standing = await queries.find_consent(tx, actor.omd_id, business_id, "guests")
    if standing is None or not await queries.revoke_consent(
        tx, actor.omd_id, business_id, "guests", revoked_by=actor.label, now=now
    ):
        raise NotFound(f"Hotel {business_id} lets nobody read its guests; there is nothing to revoke.")
    return msgspec.structs.replace(standing, revoked_at=now, revoked_by=actor.label)


async def _invite(
    tx: Transaction, actor: Actor, holder: Holder, person: NewPerson, role: Role, *, now: datetime
) -> tuple[int, Invitation]:
    user_id = await queries.put_user(tx, person)
    await queries.add_membership(tx, holder, user_id, role, created_by=actor.label)
    token = await create_link(tx, purpose="invitation", email=person.email, now=now)
    return user_id, Invitation(user_id, person.email, person.language, token)


async def _member(tx: Transaction, holder: Holder, membership_id: int) -> Member:
    member = await queries.lock_member(tx, holder, membership_id)
    if member is None:
        raise NotFound(f"There is no membership {membership_id}.")
    return member
