"""One typed function a statement of `queries.sql`."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.folios.fees.model import FeeKind, StayFee
from omd.features.folios.model import Clerk
from omd.features.folios.queries import Books

_SQL = load_statements("omd.features.folios.fees")


async def take_fee(
    tx: Transaction,
    clerk: Clerk,
    reservation_id: UUID,
    kind: FeeKind,
    *,
    ended_at: datetime,
    policy_id: int,
    owed: Decimal,
) -> StayFee:
    """Return the fee of a stay, locked; what is owed is written down the first time."""
    place = {"omd_id": clerk.actor.omd_id, "business_id": clerk.business_id}
    named = {"reservation_id": reservation_id, "kind": kind, "ended_at": ended_at, **place}
    await tx.run(_SQL["add_fee"], policy_id=policy_id, owed=owed, **named)
    return await tx.one(_SQL["lock_fee"], StayFee, **named)


async def list_fees(tx: ReadTransaction, books: Books, reservation_id: UUID) -> list[StayFee]:
    """Return the fees of a stay that were charged or waived."""
    return await tx.many(
        _SQL["list_fees"],
        StayFee,
        omd_id=books.omd_id,
        business_id=books.business_id,
        reservation_id=reservation_id,
    )


async def waive_fee(tx: Transaction, clerk: Clerk, fee: StayFee, waived: Decimal, reason: str) -> None:
    """Write down what is not to be charged of a fee."""
    await tx.run(_SQL["waive_fee"], waived=waived, reason=reason, **_by(clerk, fee))


async def charge_fee(tx: Transaction, clerk: Clerk, fee: StayFee, entry_id: UUID) -> None:
    """Write down which entry charged a fee."""
    await tx.run(_SQL["charge_fee"], entry_id=entry_id, **_by(clerk, fee))


def _by(clerk: Clerk, fee: StayFee) -> dict[str, object]:
    return {
        "omd_id": clerk.actor.omd_id,
        "business_id": clerk.business_id,
        "actor": clerk.actor.label,
        "now": clerk.now,
        "reservation_id": fee.reservation_id,
        "kind": fee.kind,
        "ended_at": fee.ended_at,
    }
