"""Guest profiles: written, found, merged, and said to be a stay's guest."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction
from omd.features.reservations.commands.reading import get_reservation, read_row
from omd.features.reservations.model import Reservation
from omd.features.reservations.profiles import queries
from omd.features.reservations.profiles.errors import ProfileUnknown, merged
from omd.features.reservations.profiles.model import (
    GuestProfile,
    Link,
    Merge,
    ProfileFacts,
    ProfileHistory,
    ProfileStay,
    ProposedProfile,
    Sought,
    chosen,
    facts_of,
)
from omd.features.reservations.profiles.queries import Cards
from omd.features.reservations.queries import lock_stay_key
from omd.kernel.actor import Actor
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound
from omd.kernel.ids import BusinessId
from omd.kernel.money import Money

MOST_PROPOSED = 20


async def add_profile(tx: Transaction, cards: Cards, facts: ProfileFacts, now: datetime) -> GuestProfile:
    """Add a profile and return it; whether the guest has one already is not looked at."""
    added = await queries.add_profile(tx, cards, now, **_written(facts, now, None))
    return await get_profile(tx, cards, added)


async def change_profile(
    tx: Transaction,
    cards: Cards,
    profile_id: UUID,
    facts: ProfileFacts,
    *,
    expected: Callable[[int], None],
    now: datetime,
) -> GuestProfile:
    """Write what is known of a guest anew and return it; raise `NotFound`, `StaleVersion` or `ProfileMerged`."""
    profile = _kept(await queries.lock_profile(tx, cards, profile_id), profile_id)
    expected(profile.version)
    await queries.change_profile(tx, cards, profile_id, now, **_written(facts, now, profile))
    return await get_profile(tx, cards, profile_id)


async def get_profile(tx: ReadTransaction, cards: Cards, profile_id: UUID) -> GuestProfile:
    """Return a profile, a merged one as the pointer that it is; raise `NotFound`."""
    found = await queries.find_profile(tx, cards, profile_id)
    if found is None:
        raise _no_profile(profile_id)
    return found


async def propose(tx: ReadTransaction, cards: Cards, sought: Sought) -> list[ProposedProfile]:
    """Return the profiles that may be a guest's, those with most in common first; nothing is linked by it."""
    rows = await queries.propose_profiles(tx, cards, sought, MOST_PROPOSED)
    return [ProposedProfile(await get_profile(tx, cards, row.profile_id), row.by) for row in rows]


async def tell_history(tx: ReadTransaction, cards: Cards, profile_id: UUID, limit: int) -> ProfileHistory:
    """Return the stays of a profile, at most `limit` of them listed, and what all come to; raise `NotFound`."""
    await get_profile(tx, cards, profile_id)
    total = await queries.total_profile(tx, cards, profile_id)
    stays = await queries.list_profile_stays(tx, cards, profile_id, limit)
    return ProfileHistory(
        profile_id=profile_id,
        stays=total.stays,
        nights=total.nights,
        cancelled=total.cancelled,
        no_shows=total.no_shows,
        revenue=msgspec.json.decode(total.revenue, type=list[Money]),
        listed=[
            ProfileStay(
                *(row.id, row.code, row.arrival, row.departure, row.nights, row.status, row.room_type_id),
                price=None if row.amount is None or row.currency is None else Money(row.amount, row.currency),
            )
            for row in stays
        ],
    )


async def merge(tx: Transaction, cards: Cards, kept_id: UUID, wanted: Merge, now: datetime) -> GuestProfile:
    """Merge another profile into this one, which gets its stays, and return it; there is no way back.

    Raises `NotFound` or `ProfileUnknown` for one that is not there or was forgotten, `ProfileMerged` for one that was
    merged before, and `InvalidInput` for a profile that is to be merged into itself.
    """
    if wanted.other_profile_id == kept_id:
        said = "A profile is not merged into itself. Name the other one."
        raise InvalidInput(said, problems=(FieldProblem("/other_profile_id", "same_profile", said),))
    await queries.lock_for_merge(tx, cards, kept_id, wanted.other_profile_id)
    kept = _kept(await queries.find_profile(tx, cards, kept_id), kept_id)
    other = await queries.find_profile(tx, cards, wanted.other_profile_id)
    if other is None or other.erased_at is not None:
        said = f"This hotel has no guest profile {wanted.other_profile_id}."
        raise ProfileUnknown(said, problems=(FieldProblem("/other_profile_id", "profile_unknown", said),))
    facts = chosen(kept, _kept(other, other.id), wanted.take)
    await queries.merge_profiles(tx, cards, kept_id, other.id, msgspec.json.encode(facts).decode(), now)
    return await get_profile(tx, cards, kept_id)


async def link(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    wanted: Link,
    *,
    expected: Callable[[int], None],
    now: datetime,
) -> Reservation:
    """Say who of the hotel's profiles a guest of a stay is, or make one of what the stay says; return the stay.

    Raises `NotFound` or `StaleVersion` for the stay, `InvalidInput` for a guest that it does not have, and
    `ProfileUnknown` or `ProfileMerged` for the profile.
    """
    await lock_stay_key(tx, actor, reservation_id)
    row = await read_row(tx, actor, reservation_id, now)
    expected(row.version)
    guests = row.read_guests()
    if wanted.guest >= len(guests):
        said = f"The stay names {len(guests)} guest(s); count them from 0."
        raise InvalidInput(said, problems=(FieldProblem("/guest", "no_such_guest", said),))
    cards = Cards(actor, BusinessId(row.business_id))
    profile_id = wanted.profile_id
    if profile_id is None:
        profile_id = (await add_profile(tx, cards, facts_of(guests[wanted.guest]), now)).id
    await queries.link_profile(tx, cards, reservation_id, wanted.guest, profile_id, now)
    return await get_reservation(tx, actor, reservation_id, now)


def _written(facts: ProfileFacts, now: datetime, before: GuestProfile | None) -> dict[str, object]:
    """Return the facts as columns; the consent keeps the instant at which it was given first."""
    columns = msgspec.structs.asdict(facts)
    columns["room_wishes"] = msgspec.json.encode(facts.room_wishes).decode()
    given = None if before is None else before.marketing_consent_at
    columns["marketing_consent_at"] = (given or now) if columns.pop("marketing_consent") else None
    return columns


def _kept(profile: GuestProfile | None, profile_id: UUID) -> GuestProfile:
    """Return a profile that can be written; raise `NotFound` for none and a forgotten one, or `ProfileMerged`."""
    if profile is None or profile.erased_at is not None:
        raise _no_profile(profile_id)
    if profile.merged_into is not None:
        raise merged(profile_id, profile.merged_into)
    return profile


def _no_profile(profile_id: UUID) -> NotFound:
    return NotFound(f"There is no guest profile {profile_id}.")
