"""One typed function a statement of `queries.sql`."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.nightaudit.model import (
    Batch,
    BookedAhead,
    DueStay,
    NightAudit,
    Refused,
    Run,
    Settings,
    Step,
    StepName,
    TypeStatistics,
    UnpricedStay,
)
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.nightaudit")

SILENT_SECONDS = 10
"""After how long without a word the runner of an audit is taken for dead. Whatever it is at, it holds its row."""


class Hotel(msgspec.Struct, frozen=True):
    """Whose dates are meant."""

    omd_id: OmdId
    business_id: BusinessId


class AutomaticAudit(msgspec.Struct, frozen=True):
    """A hotel whose audit runs by itself, at an hour of its own clock."""

    business_id: BusinessId
    time_zone: str
    hour: int


class StepRow(msgspec.Struct, frozen=True):
    """A step as the database holds it, its counts and the stays that were refused as JSON."""

    step: StepName
    started_at: datetime
    finished_at: datetime | None
    counts: str
    refused: str

    def read(self) -> Step:
        """Return the step."""
        counts = msgspec.json.decode(self.counts, type=dict[str, int])
        return Step(self.step, self.started_at, self.finished_at, counts)

    def read_refused(self) -> list[Refused]:
        """Return the stays that were refused."""
        return msgspec.json.decode(self.refused, type=list[Refused])


def hotel_of(run: Run) -> Hotel:
    """Return the hotel of an attempt."""
    return Hotel(run.actor.omd_id, run.business_id)


async def find_settings(tx: ReadTransaction, hotel: Hotel) -> Settings | None:
    """Return how a hotel's business date advances, None where that was never said."""
    return await tx.maybe(_SQL["find_settings"], Settings, **_of(hotel))


async def put_settings(tx: Transaction, hotel: Hotel, settings: Settings, business_date: date) -> None:
    """Say how a hotel's business date advances; where it goes over to audits, from this date on."""
    await tx.run(_SQL["put_settings"], business_date=business_date, **msgspec.structs.asdict(settings), **_of(hotel))


async def list_automatic(tx: ReadTransaction, omd_id: OmdId) -> list[AutomaticAudit]:
    """Return the hotels of an OMD whose audit runs by itself."""
    return await tx.many(_SQL["list_automatic"], AutomaticAudit, omd_id=omd_id)


async def start_audit(tx: Transaction, run: Run, now: datetime) -> bool:
    """Put the audit of a date in; return False where there is one."""
    started = await tx.value(_SQL["start_audit"], now=now, started_by=run.actor.label, runner=run.runner, **_on(run))
    return started is not None


async def take_over_audit(tx: Transaction, run: Run, now: datetime) -> bool:
    """Go on with an audit that failed or whose runner is silent; return False where it did not, or is done."""
    taken = await tx.value(
        _SQL["take_over_audit"],
        now=now,
        started_by=run.actor.label,
        runner=run.runner,
        silent_seconds=SILENT_SECONDS,
        **_on(run),
    )
    return taken is not None


async def list_done(tx: ReadTransaction, run: Run) -> frozenset[StepName]:
    """Return the steps of an audit that are finished."""
    return frozenset(await tx.value(_SQL["list_done"], **_on(run)))


async def beat(tx: Transaction, run: Run) -> bool:
    """Say that the runner is at its audit, and hold the audit; return False where it was taken over."""
    return await tx.value(_SQL["beat"], runner=run.runner, **_on(run)) is not None


async def note_step(
    tx: Transaction, run: Run, step: StepName, batch: Batch, refused: Iterable[Refused], now: datetime
) -> None:
    """Add what a transaction of a step did to what it did before."""
    await tx.run(
        _SQL["note_step"],
        step=step,
        now=now,
        done=batch.done,
        counts=msgspec.json.encode(batch.counts).decode(),
        refused=msgspec.json.encode(list(refused)).decode(),
        **_on(run),
    )


async def finish_audit(tx: Transaction, run: Run, error: str | None, now: datetime) -> bool:
    """End an attempt, with the code of what it failed with or None; return False where it was taken over."""
    return await tx.value(_SQL["finish_audit"], runner=run.runner, error=error, now=now, **_on(run)) is not None


async def record_event(tx: Transaction, run: Run, event_type: str, **data: object) -> None:
    """Put on record what became of an audit."""
    told = msgspec.json.encode({"business_date": run.business_date, **data}).decode()
    await tx.value(_SQL["record_event"], type=event_type, data=told, **_of(hotel_of(run)))


async def find_audit(tx: ReadTransaction, hotel: Hotel, business_date: date) -> NightAudit | None:
    """Return the audit of a business date, or None."""
    return await tx.maybe(_SQL["find_audit"], NightAudit, business_date=business_date, **_of(hotel))


async def list_audits(tx: ReadTransaction, hotel: Hotel, before: date, limit: int) -> list[NightAudit]:
    """Return at most `limit` audits before a date, the newest first."""
    return await tx.many(_SQL["list_audits"], NightAudit, before=before, limit=limit, **_of(hotel))


async def list_steps(tx: ReadTransaction, hotel: Hotel, business_date: date) -> list[StepRow]:
    """Return the steps of an audit in the order in which they are done."""
    return await tx.many(_SQL["list_steps"], StepRow, business_date=business_date, **_of(hotel))


async def list_holds_due(tx: ReadTransaction, hotel: Hotel, business_date: date, limit: int) -> list[DueStay]:
    """Return who is held only, and was to arrive on a date or before."""
    return await tx.many(_SQL["list_holds_due"], DueStay, business_date=business_date, limit=limit, **_of(hotel))


async def list_arrivals_due(tx: ReadTransaction, hotel: Hotel, business_date: date, limit: int) -> list[DueStay]:
    """Return who was to arrive on a date or before, and did not."""
    return await tx.many(_SQL["list_arrivals_due"], DueStay, business_date=business_date, limit=limit, **_of(hotel))


async def list_due_outs(
    tx: ReadTransaction, hotel: Hotel, business_date: date, limit: int, but: Iterable[UUID] = ()
) -> list[DueStay]:
    """Return who was to leave on a date or before and is in the house, but for some."""
    return await tx.many(
        _SQL["list_due_outs"], DueStay, business_date=business_date, limit=limit, but=list(but), **_of(hotel)
    )


async def count_unpriced(tx: ReadTransaction, hotel: Hotel, business_date: date) -> int:
    """Return how many stays in the house spent a night up to a date, and with it, that has no price."""
    counted: int = await tx.value(_SQL["count_unpriced"], business_date=business_date, **_of(hotel))
    return counted


async def list_unpriced(tx: ReadTransaction, hotel: Hotel, business_date: date, limit: int) -> list[UnpricedStay]:
    """Return some of those stays, with the nights that have no price."""
    return await tx.many(_SQL["list_unpriced"], UnpricedStay, business_date=business_date, limit=limit, **_of(hotel))


async def freeze_on_the_books(tx: Transaction, run: Run) -> int:
    """Write what is booked for the dates after the one that is closed; return how many rows that were."""
    return await tx.run(_SQL["freeze_on_the_books"], **_on(run))


async def freeze_statistics(tx: Transaction, run: Run) -> int:
    """Write what the date that is closed was; return how many rows that were."""
    return await tx.run(_SQL["freeze_statistics"], **_on(run))


async def list_statistics(tx: ReadTransaction, hotel: Hotel, dates: StayDates) -> list[TypeStatistics]:
    """Return what closed business dates `[arrival, departure)` were."""
    return await tx.many(
        _SQL["list_statistics"], TypeStatistics, starts_on=dates.arrival, ends_on=dates.departure, **_of(hotel)
    )


async def list_booked_ahead(tx: ReadTransaction, hotel: Hotel, as_of: date) -> list[BookedAhead]:
    """Return what was on the books as a business date was closed."""
    return await tx.many(_SQL["list_booked_ahead"], BookedAhead, as_of=as_of, **_of(hotel))


def _of(hotel: Hotel) -> dict[str, Any]:
    return {"omd_id": hotel.omd_id, "business_id": hotel.business_id}


def _on(run: Run) -> dict[str, Any]:
    return {**_of(hotel_of(run)), "business_date": run.business_date}
