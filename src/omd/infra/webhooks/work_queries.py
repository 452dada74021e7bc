"""One typed function per statement of `work.sql`: planning and delivering, for the role omd_relay."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from omd.db import ReadTransaction, Transaction, load_statements
from omd.infra.events import Event
from omd.infra.webhooks.model import Claimed, Replay, Target

_SQL = load_statements("omd.infra.webhooks", "work.sql")


async def is_behind(tx: ReadTransaction) -> bool:
    """Say whether there is something to plan."""
    return bool(await tx.value(_SQL["is_behind"]))


async def lock_cursor(tx: Transaction) -> int | None:
    """Return how far planning is, None while another worker is at it."""
    position: int | None = await tx.value(_SQL["lock_cursor"])
    return position


async def move_cursor(tx: Transaction, position: int) -> None:
    """Say how far planning is."""
    await tx.run(_SQL["move_cursor"], position=position)


async def list_targets(tx: ReadTransaction, omd_ids: Iterable[int]) -> list[Target]:
    """Return the subscriptions of some tenants that are told of what happens."""
    return await tx.many(_SQL["list_targets"], Target, omd_ids=sorted(omd_ids))


async def lock_replay(tx: Transaction) -> Replay | None:
    """Return a subscription that is to be told of the past, None when there is none or others are at it."""
    return await tx.maybe(_SQL["lock_replay"], Replay)


async def set_replay(tx: Transaction, replay: Replay, after: int | None) -> None:
    """Say how far a replay is; without a position it is over."""
    await tx.run(_SQL["set_replay"], omd_id=replay.omd_id, id=replay.id, after=after)


async def find_instant_at(tx: ReadTransaction, omd_id: int, position: int) -> datetime | None:
    """Return when the tenant's first event at or after a position occurred, None when there is none."""
    instant: datetime | None = await tx.value(_SQL["find_instant_at"], omd_id=omd_id, position=position)
    return instant


async def add_deliveries(tx: Transaction, planned: Sequence[tuple[Target, Event, str]], *, now: datetime) -> int:
    """Plan deliveries, each once, with the type as it is told; return how many are new."""
    return await tx.run(
        _SQL["add_deliveries"],
        omd_ids=[target.omd_id for target, _, _ in planned],
        subscription_ids=[target.id for target, _, _ in planned],
        positions=[event.position for _, event, _ in planned],
        business_ids=[target.business_id for target, _, _ in planned],
        types=[told for _, _, told in planned],
        aggregates=[event.aggregate for _, event, _ in planned],
        aggregate_ids=[event.aggregate_id for _, event, _ in planned],
        now=now,
    )


async def revive_deliveries(tx: Transaction, target: Target, positions: Sequence[int], *, now: datetime) -> int:
    """Have what was delivered, or given up, delivered again; return how many."""
    return await tx.run(
        _SQL["revive_deliveries"],
        omd_id=target.omd_id,
        subscription_id=target.id,
        positions=list(positions),
        now=now,
    )


async def claim_deliveries(
    tx: Transaction,
    *,
    most: int,
    most_each: int,
    most_of_tenant: int,
    busy: Mapping[int, int],
    now: datetime,
    until: datetime,
) -> list[Claimed]:
    """Take deliveries that are due until an instant; `busy` says how many of a tenant are under way here."""
    return await tx.many(
        _SQL["claim_deliveries"],
        Claimed,
        most=most,
        most_each=most_each,
        most_of_tenant=most_of_tenant,
        busy_omds=list(busy),
        busy=list(busy.values()),
        now=now,
        until=until,
    )


async def end_attempt(
    tx: Transaction,
    claimed: Claimed,
    *,
    status: str,
    next_attempt_at: datetime,
    last_status: int | None,
    last_error: str | None,
    ended_at: datetime | None,
) -> bool:
    """Say what came of an attempt, if the delivery is still that attempt's; return whether it is."""
    return (
        await tx.run(
            _SQL["end_attempt"],
            omd_id=claimed.omd_id,
            subscription_id=claimed.subscription_id,
            position=claimed.position,
            attempts=claimed.attempts,
            status=status,
            next_attempt_at=next_attempt_at,
            last_status=last_status,
            last_error=last_error,
            ended_at=ended_at,
        )
        > 0
    )


async def drop_delivery(tx: Transaction, claimed: Claimed) -> None:
    """Take away a delivery of which there is nothing to tell."""
    await tx.run(_SQL["drop_delivery"], **_of(claimed))


async def release_delivery(tx: Transaction, claimed: Claimed) -> None:
    """Give back a delivery whose attempt was not finished."""
    await tx.run(_SQL["release_delivery"], **_of(claimed))


async def note_success(tx: Transaction, claimed: Claimed, *, now: datetime) -> None:
    """Hold nothing against the target any more; a rest that it asked for meanwhile it gets."""
    await tx.run(_SQL["note_success"], omd_id=claimed.omd_id, id=claimed.subscription_id, now=now)


async def note_failure(
    tx: Transaction,
    claimed: Claimed,
    *,
    unanswered: int,
    rests_until: datetime | None,
    is_gone: bool,
    now: datetime,
) -> None:
    """Hold a failure against the target."""
    await tx.run(
        _SQL["note_failure"],
        omd_id=claimed.omd_id,
        id=claimed.subscription_id,
        unanswered=unanswered,
        rests_until=rests_until,
        is_gone=is_gone,
        now=now,
    )


async def give_up_old(tx: Transaction, claimed: Claimed, *, planned_before: datetime, now: datetime, most: int) -> int:
    """Give up at most so much of what waits for a target that does not answer since before an instant."""
    return await tx.run(
        _SQL["give_up_old"],
        omd_id=claimed.omd_id,
        id=claimed.subscription_id,
        planned_before=planned_before,
        now=now,
        most=most,
    )


async def take_failing(
    tx: Transaction, omd_id: int, webhook_id: UUID, *, failing_before: datetime, now: datetime
) -> str | None:
    """Return where a failing subscription leads, if its owners are to be told now; that is once."""
    url: str | None = await tx.value(
        _SQL["take_failing"], omd_id=omd_id, id=webhook_id, failing_before=failing_before, now=now
    )
    return url


async def list_untold(tx: ReadTransaction) -> list[Target]:
    """Return the subscriptions that fail and whose owners have not been told so."""
    return await tx.many(_SQL["list_untold"], Target)


async def add_event(
    tx: Transaction,
    omd_id: int,
    business_id: int | None,
    webhook_id: UUID,
    *,
    event_type: str,
    actor: str,
    data: str,
    now: datetime,
) -> None:
    """Put on record what happened to a subscription."""
    await tx.run(
        _SQL["add_event"],
        omd_id=omd_id,
        business_id=business_id,
        id=str(webhook_id),
        type=event_type,
        actor=actor,
        data=data,
        now=now,
    )


async def purge_deliveries(tx: Transaction, status: str, before: datetime, *, most: int) -> int:
    """Throw away at most so many deliveries that ended so before an instant. For the role omd_maintenance."""
    return await tx.run(_SQL["purge_deliveries"], status=status, before=before, most=most)


async def purge_attempts(tx: Transaction, before: datetime, *, most: int) -> int:
    """Throw away at most so many rows of the log of attempts before an instant. For the role omd_maintenance."""
    return await tx.run(_SQL["purge_attempts"], before=before, most=most)


async def bury_deliveries(tx: Transaction, most: int) -> int:
    """Throw away at most so many deliveries of what was taken away. For the role omd_maintenance."""
    return await tx.run(_SQL["bury_deliveries"], most=most)


async def bury_attempts(tx: Transaction, most: int) -> int:
    """Throw away at most so many rows of the log of what was taken away. For the role omd_maintenance."""
    return await tx.run(_SQL["bury_attempts"], most=most)


async def bury_subscriptions(tx: Transaction, most: int) -> int:
    """Throw away at most so many subscriptions that were taken away, once they are empty. For omd_maintenance."""
    return await tx.run(_SQL["bury_subscriptions"], most=most)


def _of(claimed: Claimed) -> dict[str, object]:
    return {
        "omd_id": claimed.omd_id,
        "subscription_id": claimed.subscription_id,
        "position": claimed.position,
        "attempts": claimed.attempts,
    }
