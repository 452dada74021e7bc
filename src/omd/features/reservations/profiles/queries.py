"""One typed function a statement of `profiles.sql`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.reservations.profiles.model import (
    GuestProfile,
    HistoryTotals,
    ProfileHeld,
    Sign,
    Sought,
    StandingWish,
    StayRow,
)
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId

_SQL = load_statements("omd.features.reservations.profiles", "profiles.sql")


class ProposalRow(msgspec.Struct, frozen=True):
    """A profile that may be a guest's, and by what."""

    profile_id: UUID
    by: list[Sign]


class ProfileRow(ProfileHeld, frozen=True):
    """A profile as it is kept; what the guest wishes of every room is JSON."""

    room_wishes: str

    def read(self) -> GuestProfile:
        """Return the profile."""
        held = {name: getattr(self, name) for name in ProfileHeld.__struct_fields__}
        return GuestProfile(**held, room_wishes=msgspec.json.decode(self.room_wishes, type=list[StandingWish]))


class DueProfile(msgspec.Struct, frozen=True):
    """A profile to be forgotten by age."""

    business_id: int
    id: UUID


class Cards(msgspec.Struct, frozen=True):
    """The hotel whose profiles are read or written, and by whom."""

    actor: Actor
    business_id: BusinessId


async def add_profile(tx: Transaction, cards: Cards, now: datetime, **facts: object) -> UUID:
    """Add a profile; return its id."""
    added: UUID = await tx.value(_SQL["add_profile"], now=now, actor=cards.actor.label, **facts, **_of(cards))
    return added


async def change_profile(tx: Transaction, cards: Cards, profile_id: UUID, now: datetime, **facts: object) -> None:
    """Write what is known of a guest anew."""
    await tx.run(_SQL["change_profile"], profile_id=profile_id, now=now, **facts, **_of(cards))


async def find_profile(tx: ReadTransaction, cards: Cards, profile_id: UUID) -> GuestProfile | None:
    """Return a profile, or None."""
    row = await tx.maybe(_SQL["find_profile"], ProfileRow, profile_id=profile_id, **_of(cards))
    return None if row is None else row.read()


async def lock_profile(tx: Transaction, cards: Cards, profile_id: UUID) -> GuestProfile | None:
    """Lock a profile for a change and return it, or None."""
    row = await tx.maybe(_SQL["lock_profile"], ProfileRow, profile_id=profile_id, **_of(cards))
    return None if row is None else row.read()


async def search_profiles(tx: ReadTransaction, cards: Cards, search: str, limit: int) -> list[GuestProfile]:
    """Return profiles of which a name, the e-mail address or the phone begins with a text, by name."""
    rows = await tx.many(_SQL["search_profiles"], ProfileRow, search=search, limit=limit, **_of(cards))
    return [row.read() for row in rows]


async def propose_profiles(tx: ReadTransaction, cards: Cards, sought: Sought, limit: int) -> list[ProposalRow]:
    """Return the profiles that may be a guest's, those with most in common first."""
    return await tx.many(
        _SQL["propose_profiles"], ProposalRow, limit=limit, **msgspec.structs.asdict(sought), **_of(cards)
    )


async def total_profile(tx: ReadTransaction, cards: Cards, profile_id: UUID) -> HistoryTotals:
    """Return what the stays of a profile come to."""
    return await tx.one(_SQL["total_profile"], HistoryTotals, profile_id=profile_id, **_of(cards))


async def list_profile_stays(tx: ReadTransaction, cards: Cards, profile_id: UUID, limit: int) -> list[StayRow]:
    """Return the stays of a profile, the latest first."""
    return await tx.many(_SQL["list_profile_stays"], StayRow, profile_id=profile_id, limit=limit, **_of(cards))


async def lock_for_merge(tx: Transaction, cards: Cards, kept_id: UUID, other_id: UUID) -> None:
    """Lock the stays of the profile that is to go, then both profiles."""
    await tx.run(_SQL["lock_for_merge"], kept_id=kept_id, other_id=other_id, **_of(cards))


async def merge_profiles(
    tx: Transaction, cards: Cards, kept_id: UUID, other_id: UUID, facts: str, now: datetime
) -> None:
    """Merge two profiles that are locked."""
    await tx.run(
        _SQL["merge_profiles"],
        kept_id=kept_id,
        other_id=other_id,
        facts=facts,
        actor=cards.actor.label,
        now=now,
        **_of(cards),
    )


async def link_profile(
    tx: Transaction, cards: Cards, reservation_id: UUID, place: int, profile_id: UUID, now: datetime
) -> int:
    """Say who of the profiles a guest of a stay is; return the new version of the stay."""
    version: int = await tx.value(
        _SQL["link_profile"],
        reservation_id=reservation_id,
        place=place,
        profile_id=profile_id,
        actor=cards.actor.label,
        now=now,
        **_of(cards),
    )
    return version


async def find_profiles_of(
    tx: ReadTransaction, cards: Cards, guest_ids: Sequence[UUID], email: str | None
) -> list[UUID]:
    """Return the profiles of some guests, and those of an e-mail address."""
    found: list[UUID] = await tx.value(_SQL["find_profiles_of"], guest_ids=guest_ids, email=email, **_of(cards))
    return found


async def export_profiles(tx: ReadTransaction, cards: Cards, profile_ids: Sequence[UUID]) -> str:
    """Return what is held of some profiles, as a JSON array."""
    held: str = await tx.value(_SQL["export_profiles"], profile_ids=profile_ids, **_of(cards))
    return held


async def erase_profiles(
    tx: Transaction, cards: Cards, profile_ids: Sequence[UUID], *, cause: str, now: datetime
) -> int:
    """Forget profiles that no guest of a stay has any more; return how many."""
    erased: int = await tx.value(_SQL["erase_profiles"], profile_ids=profile_ids, cause=cause, now=now, **_of(cards))
    return erased


async def list_due_profiles(
    tx: ReadTransaction, actor: Actor, *, days: int, minimum_days: int, now: datetime, batch: int
) -> list[DueProfile]:
    """Return profiles to be forgotten by age; `days` and `minimum_days` hold where no rule says otherwise."""
    return await tx.many(
        _SQL["list_due_profiles"],
        DueProfile,
        omd_id=actor.omd_id,
        days=days,
        minimum_days=minimum_days,
        now=now,
        batch=batch,
    )


def _of(cards: Cards) -> dict[str, int]:
    return {"omd_id": cards.actor.omd_id, "business_id": cards.business_id}
