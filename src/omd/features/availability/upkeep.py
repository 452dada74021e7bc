"""The daily upkeep: horizons rolled forward, old quarters detached, old answers and tokens thrown away."""

import msgspec

from omd.db import Database
from omd.features.audit import settle_audit_months
from omd.features.availability.horizon import DAYS_AHEAD, KEEP_DAYS, HorizonRolled, earliest_today, roll_horizon
from omd.features.identity import list_omds, purge_tokens
from omd.infra.command_line import ReportProgress
from omd.infra.kept_answers import purge_answers
from omd.kernel.clock import Clock
from omd.kernel.errors import DatabaseUnavailable, OmdError
from omd.kernel.ids import OmdId


class UpkeepIncomplete(OmdError):
    """The upkeep of some destinations could not be done now; that of the others was."""

    code = "upkeep_incomplete"
    status = 503
    title = "The upkeep is not complete"


class OmdUpkeep(msgspec.Struct, frozen=True):
    """What the upkeep did for one destination."""

    code: str
    quarters_opened: int
    room_nights_opened: int
    partitions_detached: int


class UpkeepDone(msgspec.Struct, frozen=True):
    """What one run of the upkeep did."""

    omds: tuple[OmdUpkeep, ...]
    answers_purged: int
    tokens_purged: int


async def run_upkeep(
    db: Database, clock: Clock, *, keep_days: int = KEEP_DAYS, progress: ReportProgress | None = None
) -> UpkeepDone:
    """Do the daily upkeep of every destination; `db` acts in the role omd_maintenance.

    Safe at any time, twice, and from several machines at once. Raises `UpkeepIncomplete`, after doing all that
    could be done, when long transactions kept it from a destination's tables.
    """
    # First of all: without its month every write would be refused.
    await settle_audit_months(db)
    async with db.reading(None) as tx:
        omds = await list_omds(tx)
    done: list[OmdUpkeep] = []
    failed: dict[str, DatabaseUnavailable] = {}
    for at, omd in enumerate(omds, start=1):
        try:
            rolled = await roll_omd(db, clock, omd.id, keep_days=keep_days)
        except DatabaseUnavailable as error:
            failed[omd.code] = error
        else:
            opened = rolled.opened
            done.append(OmdUpkeep(omd.code, len(opened.quarters), opened.room_nights, len(rolled.detached)))
        if progress is not None:
            progress(at, len(omds))
    purged = await purge_answers(db, now=clock.now())
    tokens = await purge_tokens(db, now=clock.now())
    if failed:
        raise UpkeepIncomplete(
            f"The horizon of {', '.join(failed)} could not be rolled forward now; run the upkeep again shortly.",
            data={"omds": list(failed)},
        ) from next(iter(failed.values()))
    return UpkeepDone(tuple(done), purged, tokens)


async def roll_omd(db: Database, clock: Clock, omd_id: OmdId, *, keep_days: int = KEEP_DAYS) -> HorizonRolled:
    """Roll the horizon of one destination forward; `db` acts in the role omd_maintenance. Safe twice.

    Raises `DatabaseUnavailable` when long transactions kept it from the destination's tables.
    """
    return await roll_horizon(db, omd_id, today=earliest_today(clock), days=DAYS_AHEAD + 2, keep_days=keep_days)
