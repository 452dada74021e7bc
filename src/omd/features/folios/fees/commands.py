"""What a stay owes that was cancelled, or did not come, is charged once, or waived for a reason that is kept."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from omd.db import Transaction
from omd.features.folios.commands import charge_stay
from omd.features.folios.commands.posting import require_above_zero
from omd.features.folios.fees import queries
from omd.features.folios.fees.errors import FeeNotOwed, FeeSettled
from omd.features.folios.fees.model import SAID, FeeKind, StayFee
from omd.features.folios.model import Clerk
from omd.features.reservations import PolicyFees, StayFees, get_fees, lock_stay_key
from omd.kernel.errors import FieldProblem, InvalidInput


async def charge_fee(tx: Transaction, clerk: Clerk, reservation_id: UUID) -> StayFee:
    """Charge what was not waived of a stay's fee on the folio that its routes say; raise `FeeNotOwed` or `FeeSettled`.

    A fee makes good a loss and holds no tax. Raises `NotFound` for a stay that no offer priced.
    """
    fee = await _taken(tx, clerk, reservation_id)
    left = _left(fee)
    posted = await charge_stay(tx, clerk, reservation_id, "fee", left, SAID[fee.kind], cause=fee.cause)
    await queries.charge_fee(tx, clerk, fee, posted.entry.id)
    return await _retaken(tx, clerk, fee)


async def waive_fee(
    tx: Transaction, clerk: Clerk, reservation_id: UUID, amount: Decimal | None, reason: str
) -> StayFee:
    """Waive a stay's fee, all that is left of it unless an amount is named; what then is left may still be charged.

    Raises `FeeNotOwed`, `FeeSettled`, or `InvalidInput` for more than is left.
    """
    fee = await _taken(tx, clerk, reservation_id)
    left = _left(fee)
    wanted = left if amount is None else amount
    require_above_zero(wanted)
    if wanted > left:
        said = f"{left} of the fee is left."
        raise InvalidInput(f"{said} Nothing was waived.", problems=(FieldProblem("/amount", "above_fee", said),))
    await queries.waive_fee(tx, clerk, fee, fee.waived + wanted, reason)
    return await _retaken(tx, clerk, fee)


async def _taken(tx: Transaction, clerk: Clerk, reservation_id: UUID) -> StayFee:
    # Nobody reinstates the stay while its fee is looked at.
    await lock_stay_key(tx, clerk.actor, reservation_id)
    fees = await get_fees(tx, clerk.actor, reservation_id, clerk.now)
    kind, owing = _owing(fees)
    if kind is None or owing is None or not owing.owed:
        raise FeeNotOwed(
            f"The stay is {fees.status}, and owes no fee by the policies it was sold under. Nothing was changed.",
            data={"status": fees.status},
        )
    return await queries.take_fee(
        *(tx, clerk, reservation_id, kind), ended_at=fees.at, policy_id=owing.policy_id, owed=owing.owed
    )


def _owing(fees: StayFees) -> tuple[FeeKind | None, PolicyFees | None]:
    match fees.status:
        case "cancelled":
            return "cancellation", fees.cancellation
        case "no_show":
            return "no_show", fees.no_show
        case _:
            return None, None


def _left(fee: StayFee) -> Decimal:
    left = fee.owed - fee.waived
    if fee.entry_id is not None or not left:
        how = "waived" if fee.entry_id is None else "charged"
        raise FeeSettled(
            f"The fee of {fee.owed} was {how} on {_day(fee.charged_at or fee.waived_at)}. Nothing was changed.",
            data={"entry_id": None if fee.entry_id is None else str(fee.entry_id)},
        )
    return left


def _day(at: datetime | None) -> str:
    return "an unknown day" if at is None else at.date().isoformat()


async def _retaken(tx: Transaction, clerk: Clerk, fee: StayFee) -> StayFee:
    return await queries.take_fee(
        *(tx, clerk, fee.reservation_id, fee.kind), ended_at=fee.ended_at, policy_id=fee.policy_id, owed=fee.owed
    )
