"""One typed function a statement of `queries.sql`."""

from datetime import datetime
from typing import Literal

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.identity.holder import Holder
from omd.features.identity.permissions import Role
from omd.features.identity.staff.model import Consent, Member, NewPerson
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.identity.staff")

What = Literal["guests"]


async def list_members(tx: ReadTransaction, holder: Holder, *, after: int, most: int) -> list[Member]:
    """Return at most `most` who work there, by name, one entry a role, after a membership or, with 0, from the first.

    A membership that has ended meanwhile still says where the next page begins.
    """
    return await tx.many(
        *(_SQL["list_members"], Member),
        omd_id=holder.omd_id,
        business_id=holder.business_id,
        after=after,
        most=most,
    )


async def lock_member(tx: Transaction, holder: Holder, membership_id: int) -> Member | None:
    """Return a membership in force, locked, None when there is none of this id there."""
    return await tx.maybe(
        _SQL["lock_member"], Member, omd_id=holder.omd_id, business_id=holder.business_id, id=membership_id
    )


async def get_member_in_role(tx: ReadTransaction, holder: Holder, user_id: int, role: Role) -> Member:
    """Return the membership in force that the person is known to have."""
    found = await tx.maybe(
        *(_SQL["find_member_in_role"], Member),
        omd_id=holder.omd_id,
        business_id=holder.business_id,
        user_id=user_id,
        role=role,
    )
    assert found is not None, "the membership was just made"
    return found


async def put_user(tx: Transaction, person: NewPerson) -> int:
    """Add a person unless somebody has the e-mail, and return the id of who has it."""
    await tx.value(_SQL["open_email"], email=person.email)
    await tx.run(_SQL["add_user"], email=person.email, name=person.name, language=person.language)
    user_id: int = await tx.value(_SQL["find_user_id"], email=person.email)
    await tx.value(_SQL["open_email"], email="")
    return user_id


async def add_membership(tx: Transaction, holder: Holder, user_id: int, role: Role, *, created_by: str) -> None:
    """Give a person a role there."""
    await tx.run(
        _SQL["add_membership"],
        omd_id=holder.omd_id,
        business_id=holder.business_id,
        user_id=user_id,
        role=role,
        created_by=created_by,
    )


async def end_membership(tx: Transaction, omd_id: OmdId, membership_id: int, *, ended_by: str, now: datetime) -> None:
    """End a membership."""
    await tx.run(_SQL["end_membership"], omd_id=omd_id, id=membership_id, ended_by=ended_by, now=now)


async def list_consents(tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId | None) -> list[Consent]:
    """Return the consents of a hotel, or of every hotel the actor sees, the newest first, revoked ones among them."""
    return await tx.many(_SQL["list_consents"], Consent, omd_id=omd_id, business_id=business_id)


async def find_consent(tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId, what: What) -> Consent | None:
    """Return the consent of a hotel that stands, None when there is none."""
    return await tx.maybe(_SQL["find_consent"], Consent, omd_id=omd_id, business_id=business_id, what=what)


async def give_consent(
    tx: Transaction, omd_id: OmdId, business_id: BusinessId, what: What, *, granted_by: str, now: datetime
) -> None:
    """Record a consent, unless it stands."""
    await tx.run(
        _SQL["give_consent"], omd_id=omd_id, business_id=business_id, what=what, granted_by=granted_by, now=now
    )


async def revoke_consent(
    tx: Transaction, omd_id: OmdId, business_id: BusinessId, what: What, *, revoked_by: str, now: datetime
) -> int:
    """End the consent that stands and return 1, or 0 when there is none."""
    return await tx.run(
        _SQL["revoke_consent"], omd_id=omd_id, business_id=business_id, what=what, revoked_by=revoked_by, now=now
    )
