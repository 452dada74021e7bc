"""The steps of an audit: each does some of its work in one transaction, and says whether it is done with it.

What a transaction did is written down in that transaction: whoever goes on after a crash does the rest, and nothing
twice. Meanwhile the desk goes on; whom it changed in between is not touched.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from uuid import UUID

from omd.db import Transaction
from omd.features.folios import Clerk, charge_stays, list_uncharged
from omd.features.inventory import lock_business_date, set_business_date
from omd.features.nightaudit import queries
from omd.features.nightaudit.errors import DateNotOpen
from omd.features.nightaudit.model import Batch, Refused, Run, StepName
from omd.features.reservations import ActionRefused, end_hold, stay_on, step
from omd.kernel.errors import OmdError

STAYS_AT_ONCE = 10
"""Stays that one transaction ends or extends: they hold the counters of their nights until it commits."""

CHARGED_AT_ONCE = 25
_WRITES_NO_MORE = 500

Work = Callable[[Transaction, Run, Collection[UUID], datetime], Awaitable[Batch]]
"""Does some of a step; it is handed the stays that this attempt could not extend, and the time."""


async def end_arrivals(tx: Transaction, run: Run, _refused: Collection[UUID], now: datetime) -> Batch:
    """End what is held only, and mark who did not come as no-shows or keep them; a fee is an act of its own."""
    hotel = queries.hotel_of(run)
    held = await queries.list_holds_due(tx, hotel, run.business_date, STAYS_AT_ONCE)
    if held:
        ended = [await end_hold(tx, run.actor, each.id, now=now) for each in held]
        return Batch({"holds_expired": sum(ended)}, done=False)
    if run.settings.no_shows == "keep":
        kept = await queries.list_arrivals_due(tx, hotel, run.business_date, _WRITES_NO_MORE)
        return Batch({"kept": len(kept)}, done=True)
    due = await queries.list_arrivals_due(tx, hotel, run.business_date, STAYS_AT_ONCE)
    marked = 0
    for each in due:
        try:
            await step(tx, run.actor, each.id, "mark_no_show", now=now)
        except ActionRefused:
            # The desk was faster: the guest came, or cancelled, and is due no more.
            continue
        marked += 1
    return Batch({"no_shows": marked}, done=not due)


async def extend_due_outs(tx: Transaction, run: Run, refused: Collection[UUID], now: datetime) -> Batch:
    """Extend who was to leave by a night; whoever cannot be, and all where people decide, block the audit."""
    hotel = queries.hotel_of(run)
    if run.settings.due_outs == "decide":
        waiting = await queries.list_due_outs(tx, hotel, run.business_date, 1)
        return Batch({}, done=not waiting, waits=bool(waiting))
    due = await queries.list_due_outs(tx, hotel, run.business_date, STAYS_AT_ONCE, refused)
    if not due:
        return Batch({"extended": 0, "unpriced": 0}, done=not refused, waits=bool(refused))
    counts = {"extended": 0, "unpriced": 0}
    failed: list[Refused] = []
    for each in due:
        try:
            async with tx.savepoint():
                priced = await stay_on(tx, run.actor, each.id, run.next_date, now=now)
        except ActionRefused:
            # The desk was faster: the guest has left.
            continue
        except OmdError as error:
            if error.status != 409:
                raise
            failed.append(Refused(each.id, error.code))
        else:
            counts["extended"] += priced is not None
            counts["unpriced"] += priced is False
    return Batch(counts, done=False, refused=tuple(failed))


async def charge_nights(tx: Transaction, run: Run, _refused: Collection[UUID], now: datetime) -> Batch:
    """Charge nights that were spent, each once, at what they owe; nights that have no price wait for people."""
    clerk = Clerk(run.actor, run.business_id, now)
    stays = await list_uncharged(tx, clerk, run.next_date, CHARGED_AT_ONCE)
    if stays:
        return Batch({"charges": await charge_stays(tx, clerk, stays, run.next_date), "stays": len(stays)}, done=False)
    unpriced = await queries.count_unpriced(tx, queries.hotel_of(run), run.business_date)
    return Batch({"unpriced": 0}, done=not unpriced, waits=bool(unpriced))


async def freeze_books(tx: Transaction, run: Run, _refused: Collection[UUID], _now: datetime) -> Batch:
    """Keep what is booked for the dates ahead, as it is now."""
    return Batch({"rows": await queries.freeze_on_the_books(tx, run)}, done=True)


async def close_date(tx: Transaction, run: Run, refused: Collection[UUID], now: datetime) -> Batch:
    """Freeze what the date was and open the next, at one stroke: nothing is posted on the date in between.

    A guest who came since the nights were charged is charged first.
    """
    # Before the hotel's row is held: whoever holds a stay and posts on its bill waits for that.
    late = await charge_nights(tx, run, refused, now)
    if not late.done:
        return late
    held = await lock_business_date(tx, run.actor.omd_id, run.business_id)
    if held != run.business_date:
        raise DateNotOpen(
            f"The hotel works on {held} now; {run.business_date} was not closed.", data={"business_date": held}
        )
    if await _still_to_charge(tx, run, now):
        return Batch({}, done=False)
    rows = await queries.freeze_statistics(tx, run)
    await set_business_date(tx, run.actor.omd_id, run.business_id, run.next_date)
    await queries.finish_audit(tx, run, None, now)
    await queries.record_event(tx, run, "night_audit.succeeded", next_date=run.next_date)
    return Batch({"rows": rows}, done=True)


async def _still_to_charge(tx: Transaction, run: Run, now: datetime) -> bool:
    clerk = Clerk(run.actor, run.business_id, now)
    return bool(
        await list_uncharged(tx, clerk, run.next_date, 1)
        or await queries.count_unpriced(tx, queries.hotel_of(run), run.business_date)
    )


STEPS: Mapping[StepName, Work] = {
    "arrivals": end_arrivals,
    "departures": extend_due_outs,
    "charges": charge_nights,
    "on_the_books": freeze_books,
    "close": close_date,
}
"""In the order in which they are done."""
