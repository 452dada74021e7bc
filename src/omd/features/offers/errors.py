"""What offers can refuse."""

from omd.kernel.errors import OmdError


class OfferUnreadable(OmdError):
    """The text is no offer of this platform, or it was changed."""

    code = "offer_unreadable"
    status = 422
    title = "This is no offer"


class OfferExpired(OmdError):
    """The offer was good, and its time is over."""

    code = "offer_expired"
    status = 409
    title = "The offer has expired"
