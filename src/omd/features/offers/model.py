"""An offer: one room type by one rate plan for one stay, priced to the cent, as it is sealed for the guest."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec

from omd.features.rates import Fee, PolicyKind, TaxLine
from omd.kernel.ids import BusinessId, OmdId

VALID_FOR = timedelta(minutes=15)

ChargePart = Literal["base", "extra_adults", "children", "supplement", "meals"]
"""What a charge of an offer is for: the room's price, the adults above it, its children, or a supplement.

A supplement of meals is told from the others, as taxes do.
"""

ON_TOP: frozenset[ChargePart] = frozenset({"supplement", "meals"})
"""What is no part of the night's own price."""


class OfferedCharge(msgspec.Struct, frozen=True, array_like=True):
    """What one part of one night costs, taxes that are included in it and all.

    `code` names the supplement, or the ages of the bracket (`3-12`: of 3 to the year before 12); `count` how many
    persons it is for where it depends on them.
    """

    date: date
    part: ChargePart
    code: str
    count: int
    amount: Decimal


class OfferedPlan(msgspec.Struct, frozen=True):
    """The rate plan as it was when the offer was made; policies are of the version that holds for the stay."""

    id: int
    version: int
    code: str
    name: str
    meals: str
    guarantee: str
    cancellation_policy_id: int | None
    no_show_policy_id: int | None


class Offer(msgspec.Struct, frozen=True):
    """What a guest was shown, and may book until `expires_at`: it is charged exactly as it stands here.

    Amounts are in `currency`; `gross` is the sum of the charges, `total` = `gross` + `on_top` (taxes that come on top),
    `owed` the taxes that the hotel pays and the guest does not see. `children` are ages in years; `country` (ISO 3166-1
    alpha-2) is the residence that taxes were reckoned for.
    """

    id: UUID
    omd_id: OmdId
    business_id: BusinessId
    room_type_id: int
    plan: OfferedPlan
    arrival: date
    departure: date
    adults: int
    children: tuple[int, ...]
    country: str | None
    agency: str | None
    locality_id: int | None
    currency: str
    charges: tuple[OfferedCharge, ...]
    taxes: tuple[TaxLine, ...]
    gross: Decimal
    on_top: Decimal
    owed: Decimal
    total: Decimal
    made_at: datetime
    expires_at: datetime


class OfferedPolicy(msgspec.Struct, frozen=True):
    """A version of a policy that a plan is sold under; `texts` are what the guest reads, by language."""

    id: int
    kind: PolicyKind
    code: str
    version: int
    name: str
    fees: tuple[Fee, ...]
    texts: dict[str, str]

    def text(self, languages: Sequence[str]) -> tuple[str, str] | None:
        """Return the language and the text of the first language wanted that there is; otherwise of any there is."""
        if not self.texts:
            return None
        for wanted in languages:
            for language in (wanted, wanted.partition("-")[0]):
                if language in self.texts:
                    return language, self.texts[language]
        return min(self.texts.items())
