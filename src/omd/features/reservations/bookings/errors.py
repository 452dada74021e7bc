"""What a booking of offers, or a re-price, can be refused for."""

from collections.abc import Callable
from datetime import date

from omd.db import Violation
from omd.kernel.errors import OmdError


class OfferUsed(OmdError):
    """An offer was booked before, or a stay was re-priced by it; it holds once."""

    code = "offer_used"
    status = 409
    title = "The offer was taken already"


class OfferDoesNotFit(OmdError):
    """The offer is for another room type, other dates, another party or another agency than the stay."""

    code = "offer_does_not_fit"
    status = 409
    title = "The offer is not for this stay"


class PricedByOffer(OmdError):
    """The stay is charged what its offer said; no amount is set by hand."""

    code = "priced_by_offer"
    status = 409
    title = "The price comes from an offer"


class QuotaFull(OmdError):
    """The agency has sold what it may of the room type on some night; `data.nights` names them."""

    code = "quota_full"
    status = 409
    title = "The agency's quota is sold"


class QuotaBelowSold(OmdError):
    """A quota would be less than the agency has sold; `data.sold` names the nights and what is sold."""

    code = "quota_below_sold"
    status = 409
    title = "More is sold than the quota would be"


def _quota_full(violation: Violation) -> OmdError:
    nights = [date.fromisoformat(each) for each in (violation.detail or "").split(",") if each]
    listed = ", ".join(str(each) for each in nights[:7]) + (" and more" if len(nights) > 7 else "")
    what = violation.message.partition("\n")[0]
    return QuotaFull(f"{what} on {listed}. Raise the quota, or sell it without the agency.", data={"nights": nights})


def _quota_below_sold(violation: Violation) -> OmdError:
    sold = [
        {"room_type_id": int(type_id), "date": night, "sold": int(count), "agency": agency}
        for type_id, night, count, agency in (each.split(" ") for each in (violation.detail or "").split(",") if each)
    ]
    first = ", ".join(f"{each['sold']} of room type {each['room_type_id']} on {each['date']}" for each in sold[:5])
    said = (
        f"The agency has sold {first}{' and more' if len(sold) > 5 else ''}. Keep the quota at that, or cancel first."
    )
    return QuotaBelowSold(said, data={"sold": sold})


CONSTRAINT_ERRORS: dict[str, Callable[[Violation], OmdError]] = {
    "quotas_kept": _quota_full,
    "quotas_not_below_sold": _quota_below_sold,
    "reservations_priced_by_offer": lambda _: PricedByOffer(
        "The stay is charged what its offer said. Ask for an offer for it as it is now, and re-price it by that."
    ),
}
"""What a breach of the constraints on prices and quotas means to a caller."""
