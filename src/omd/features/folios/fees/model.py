"""The fee of a stay as it is told."""

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec

FeeKind = Literal["cancellation", "no_show"]

SAID: dict[FeeKind, str] = {"cancellation": "Cancellation fee", "no_show": "No-show fee"}


class StayFee(msgspec.Struct, frozen=True):
    """What a stay owed that ended so at `ended_at`, by the policy it was sold under, and what became of it.

    `waived` of it is not charged; the rest is once `entry_id` names the entry that did.
    """

    reservation_id: UUID
    kind: FeeKind
    ended_at: datetime
    policy_id: int
    owed: Decimal
    waived: Decimal
    reason: str | None
    waived_at: datetime | None
    waived_by: str | None
    entry_id: UUID | None
    charged_at: datetime | None
    charged_by: str | None

    @property
    def cause(self) -> str:
        """Return what it is charged for, which the ledger posts once."""
        return f"fee:{self.reservation_id}:{self.kind}:{self.ended_at.isoformat()}"
