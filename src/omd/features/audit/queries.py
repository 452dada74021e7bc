"""One typed function per statement of `queries.sql`."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.audit.model import AuditAction, AuditEntry, AuditFilter, Kept
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.audit")


class EntryRow(msgspec.Struct, frozen=True):
    """An entry as the database holds it; before and after as JSON."""

    id: UUID
    at: datetime
    business_id: int | None
    thing: str
    row_key: str
    action: AuditAction
    actor: str
    user_id: int | None
    address: str | None
    request_id: str | None
    before: str | None
    after: str | None

    def entry(self) -> AuditEntry:
        """Return the entry as screens and programs see it."""
        quoted = {
            name: None if text is None else msgspec.json.decode(text, type=dict)
            for name, text in (("before", self.before), ("after", self.after))
        }
        return AuditEntry(**{**msgspec.structs.asdict(self), **quoted})


async def list_entries(
    tx: ReadTransaction,
    omd_id: OmdId,
    business_id: int | None,
    narrowed: AuditFilter,
    *,
    before: tuple[datetime, UUID],
    page_size: int,
) -> list[AuditEntry]:
    """Return entries of a hotel, or of the destination itself when `business_id` is None, the newest first."""
    rows = await tx.many(
        _SQL["list_entries"],
        EntryRow,
        omd_id=omd_id,
        business_id=business_id,
        before_at=before[0],
        before_id=before[1],
        page_size=page_size,
        **msgspec.structs.asdict(narrowed),
    )
    return [row.entry() for row in rows]


async def record_disclosure(
    tx: Transaction, *, omd_id: int, business_id: int, thing: str, row_key: str, action: str, said: str
) -> None:
    """Write into the audit that guests' data was shown in full or handed out."""
    await tx.value(
        _SQL["record_disclosure"],
        omd_id=omd_id,
        business_id=business_id,
        thing=thing,
        row_key=row_key,
        action=action,
        said=said,
    )


async def make_months(tx: Transaction) -> int:
    """Make the missing months of the audit; return how many."""
    made: int = await tx.value(_SQL["make_months"])
    return made


async def find_longest_keeping(tx: ReadTransaction, omd_id: OmdId, default_days: int) -> int:
    """Return for how many days the destination keeps the audit."""
    days: int = await tx.value(_SQL["find_longest_keeping"], omd_id=omd_id, default_days=default_days)
    return days


async def drop_months(tx: Transaction, before: date) -> list[str]:
    """Take the months away that end on or before a date; return their names."""
    return list(await tx.value(_SQL["drop_months"], before=before))


async def list_old_months(tx: ReadTransaction, before: date) -> list[str]:
    """Return the names of the months that end on or before a date."""
    return list(await tx.value(_SQL["list_old_months"], before=before))


class RuleInForce(msgspec.Struct, frozen=True):
    """A retention rule of a hotel, or of the destination when `business_code` is None."""

    what: str
    business_code: str | None
    keep_days: int
    set_by: str


async def list_rules(tx: ReadTransaction, omd_id: OmdId) -> list[RuleInForce]:
    """Return the rules of a destination and its hotels."""
    return await tx.many(_SQL["list_rules"], RuleInForce, omd_id=omd_id)


async def set_rule(
    tx: Transaction, actor: Actor, business_id: BusinessId | None, what: Kept, keep_days: int, *, now: datetime
) -> None:
    """Keep something so many days in a hotel, or in every hotel of the destination without a rule of its own.

    Raises `RuleNotPossible` for days or a place that the rule does not take.
    """
    await tx.run(
        _SQL["set_rule"],
        omd_id=actor.omd_id,
        business_id=business_id,
        what=what,
        keep_days=keep_days,
        now=now,
        actor=actor.label,
    )


async def drop_rule(tx: Transaction, omd_id: OmdId, business_id: BusinessId | None, what: Kept) -> None:
    """Take a rule away; where there is none nothing happens."""
    await tx.run(_SQL["drop_rule"], omd_id=omd_id, business_id=business_id, what=what)
