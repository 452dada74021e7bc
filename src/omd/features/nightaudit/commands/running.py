"""Running an audit, to its end or to what keeps it from it: each transaction does some of a step, and commits.

One attempt at a time: its row says who runs it, and every transaction begins by saying so again, which holds the row
until it ends. Whoever was taken over from finds that out before it writes anything.
"""

from collections.abc import Mapping
from datetime import date
from functools import partial
from uuid import UUID, uuid4

import msgspec
import structlog

from omd.db import Database, Transaction
from omd.features.nightaudit import queries
from omd.features.nightaudit.commands.dating import find_hotel, find_settings
from omd.features.nightaudit.commands.showing import list_decisions
from omd.features.nightaudit.commands.steps import STEPS
from omd.features.nightaudit.errors import (
    DateByClock,
    DateNotOpen,
    NightAuditBlocked,
    NightAuditDone,
    NightAuditTakenOver,
    NightAuditTooEarly,
    NightAuditUnderWay,
)
from omd.features.nightaudit.model import Batch, Refused, Run, StepName, may_start_at
from omd.features.nightaudit.queries import Hotel
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock, local_date
from omd.kernel.errors import DatabaseUnavailable, OmdError
from omd.kernel.ids import BusinessId

_log = structlog.get_logger(__name__)


async def run_night_audit(
    db: Database, actor: Actor, business_id: BusinessId, business_date: date, clock: Clock
) -> None:
    """Close a business date: start its audit, or go on with one that failed or whose process died.

    Raises `DateByClock`, `DateNotOpen`, `NightAuditTooEarly`, `NightAuditUnderWay`, `NightAuditDone`, and
    `NightAuditBlocked` where stays wait for a decision. Whatever it raises once it is under way is
    kept with the audit, by its code.
    """
    run = await db.write(
        actor, partial(_begin, actor=actor, business_id=business_id, business_date=business_date, clock=clock)
    )
    try:
        for name in STEPS:
            if name not in run.done:
                await _take(db, run, name, clock)
    except NightAuditTakenOver:
        raise
    except Exception as error:
        await _note_failure(db, run, error, clock)
        raise


async def catch_up(db: Database, actor: Actor, business_id: BusinessId, clock: Clock) -> list[date]:
    """Close the dates of a hotel up to the one of its clock, one after the other; return which those were.

    Raises as `run_night_audit` does.
    """
    closed: list[date] = []
    while True:
        async with db.reading(actor) as tx:
            business = await find_hotel(tx, Hotel(actor.omd_id, business_id))
        due = business.business_date
        if due is None or due >= local_date(clock, business.time_zone):
            return closed
        await run_night_audit(db, actor, business_id, due, clock)
        closed.append(due)


async def _begin(tx: Transaction, *, actor: Actor, business_id: BusinessId, business_date: date, clock: Clock) -> Run:
    hotel = Hotel(actor.omd_id, actor.serves(business_id))
    business = await find_hotel(tx, hotel)
    settings = await find_settings(tx, hotel)
    if settings.mode == "clock" or business.business_date is None:
        raise DateByClock(
            "The hotel's business date goes by the clock. Let it go by audits first; nothing was started."
        )
    run = Run(actor, hotel.business_id, business_date, settings, uuid4(), frozenset())
    if business_date != business.business_date:
        raise await _not_open(tx, run, business.business_date)
    starts_at = may_start_at(business_date, business.time_zone)
    if clock.now() < starts_at:
        raise NightAuditTooEarly(
            f"{business_date} ends at {starts_at.isoformat()}: guests may still come. Nothing was started.",
            data={"may_start_at": starts_at},
        )
    now = clock.now()
    # An audit that is there is not put in again: that would wait for whoever writes its row.
    is_new = await queries.find_audit(tx, hotel, business_date) is None and await queries.start_audit(tx, run, now)
    if not is_new and not await queries.take_over_audit(tx, run, now):
        raise await _not_free(tx, run)
    audit = await queries.find_audit(tx, hotel, business_date)
    assert audit is not None, "it was started, or taken over"
    await queries.record_event(tx, run, "night_audit.started", attempt=audit.attempts)
    return msgspec.structs.replace(run, done=await queries.list_done(tx, run))


async def _not_open(tx: Transaction, run: Run, held: date) -> OmdError:
    audit = await queries.find_audit(tx, queries.hotel_of(run), run.business_date)
    if audit is not None and audit.status == "succeeded":
        return await _not_free(tx, run)
    said = f"The hotel works on {held}: that date may be closed, {run.business_date} may not. Nothing was started."
    return DateNotOpen(said, data={"business_date": held})


async def _not_free(tx: Transaction, run: Run) -> OmdError:
    audit = await queries.find_audit(tx, queries.hotel_of(run), run.business_date)
    assert audit is not None, "it could not be started, as there is one"
    told = {"by": audit.started_by, "started_at": audit.started_at, "finished_at": audit.finished_at}
    if audit.status == "succeeded":
        return NightAuditDone(
            f"{audit.started_by} closed {run.business_date} at {audit.finished_at}. Nothing was started.", data=told
        )
    return NightAuditUnderWay(
        f"{audit.started_by} closes {run.business_date} since {audit.started_at}. Nothing was started.", data=told
    )


async def _take(db: Database, run: Run, name: StepName, clock: Clock) -> None:
    """Do a step to its end, a transaction at a time; raise `NightAuditBlocked` where it waits for people."""
    refused: dict[UUID, str] = {}
    while True:
        batch = await db.write(run.actor, partial(_do_some, run=run, name=name, refused=refused, clock=clock))
        refused.update((each.reservation_id, each.code) for each in batch.refused)
        if batch.done:
            return
        if batch.waits:
            raise await _blocked(db, run)


async def _do_some(tx: Transaction, *, run: Run, name: StepName, refused: Mapping[UUID, str], clock: Clock) -> Batch:
    if not await queries.beat(tx, run):
        raise NightAuditTakenOver(f"Another attempt at {run.business_date} took over; this one did nothing more.")
    now = clock.now()
    batch = await STEPS[name](tx, run, refused.keys(), now)
    all_refused = [*batch.refused, *(Refused(each, code) for each, code in refused.items())]
    await queries.note_step(tx, run, name, batch, all_refused, now)
    return batch


async def _blocked(db: Database, run: Run) -> NightAuditBlocked:
    async with db.reading(run.actor) as tx:
        decisions = await list_decisions(tx, queries.hotel_of(run), run.business_date)
    named = ", ".join(each.stay.code for each in decisions[:5])
    unpriced = any(each.nights for each in decisions)
    # Who has a room by day has no night to be extended by.
    by_day = [each.stay.arrival == each.stay.departure for each in decisions if not each.nights]
    todo = ["Check out, or extend, who was to leave"] if not all(by_day) else []
    todo += ["Check out who had a room by day"] if any(by_day) else []
    todo += ["Price nights without a price, by an offer or by an amount, which may be nothing"] if unpriced else []
    return NightAuditBlocked(
        f"{len(decisions)} stays wait for a decision ({named}). {'. '.join(todo)}. "
        "Then start the audit again; it goes on.",
        data={"decisions": decisions},
    )


async def _note_failure(db: Database, run: Run, error: Exception, clock: Clock) -> None:
    code = error.code if isinstance(error, OmdError) else "internal_error"

    async def note(tx: Transaction) -> None:
        now = clock.now()
        if await queries.finish_audit(tx, run, code, now):
            await queries.record_event(tx, run, "night_audit.failed", error=code)

    try:
        await db.write(run.actor, note)
    except DatabaseUnavailable as away:
        # It stays as it is, and is gone on with once it was silent for long enough.
        _log.warning("night_audit_left", business=run.business_id, date=str(run.business_date), code=away.code)
