"""What is refused to whoever takes cards."""

from omd.db import ConstraintErrors
from omd.kernel.errors import OmdError


class ProviderNotSet(OmdError):
    """The hotel takes no cards by a provider, or by one that this installation does not reach."""

    code = "payment_provider_not_set"
    status = 409
    title = "No provider of card payments"


class PaymentRefused(OmdError):
    """The provider does not do it: `data.reason` is its word for why. Nothing was changed there."""

    code = "payment_refused"
    status = 409
    title = "The provider refused"


class PaymentUnderWay(OmdError):
    """The provider was asked for something else and has not answered yet; that is found out by itself."""

    code = "payment_under_way"
    status = 409
    title = "The payment is under way"


class PaymentNotPossible(OmdError):
    """The payment is not such that this could be done with it; `data.status` says how it is."""

    code = "payment_not_possible"
    status = 409
    title = "Not possible with this payment"


class RefundAboveCaptured(OmdError):
    """More would go back to the card than was taken from it; `data.refundable` says how much is left."""

    code = "refund_above_captured"
    status = 409
    title = "More than was taken from the card"


def _above_captured() -> RefundAboveCaptured:
    return RefundAboveCaptured("Less was taken from the card than that. Nothing was posted.", data={})


CONSTRAINT_ERRORS: ConstraintErrors = {
    "payment_intents_refunds_within_captured": lambda _: _above_captured(),
}
