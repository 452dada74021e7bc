"""What every provider of card payments does for a merchant, and what it says of a payment.

Nobody but the provider ever sees a card: it gives the payer's browser a token, and the token is all we are handed.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Protocol

import msgspec

from omd.kernel.errors import OmdError

Name = Annotated[str, msgspec.Meta(pattern="^[\\x21-\\x7e]{1,200}$(?!\\n)")]
Words = Annotated[str, msgspec.Meta(max_length=500, pattern="^[^\\x00]*$(?!\\n)")]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class WebhookNotSigned(OmdError):
    """What came in a provider's name has no signature of it, a wrong one, or one that is too old or from the future."""

    code = "webhook_not_signed"
    status = 401
    title = "Not signed by the provider"


class ProviderUnanswered(Exception):
    """The provider gave no answer, or one that says nothing: whether it did what it was asked is not known."""


class ProviderRefused(Exception):
    """The provider did nothing; the message is its word for why, of letters, digits and underscores."""


class Merchant(msgspec.Struct, frozen=True):
    """What a merchant is known by at its provider."""

    api_key: str
    webhook_secret: bytes

    def __repr__(self) -> str:
        """Show none of it."""
        return "Merchant(...)"


class Asked(msgspec.Struct, frozen=True):
    """A payment to be made: `id` is ours and names it for ever; with `captures` the money is taken at once."""

    id: str
    amount: Decimal
    currency: str
    token: str
    captures: bool

    def __repr__(self) -> str:
        """Show no token."""
        return f"Asked({self.id}, {self.amount} {self.currency})"


class RefundState(msgspec.Struct, frozen=True):
    """Money that goes back; `our_id` is None for what was given back at the provider itself."""

    reference: Name
    amount: Decimal
    status: Literal["pending", "done", "failed"]
    our_id: Name | None = None


class PaymentState(msgspec.Struct, frozen=True):
    """All that a provider says of a payment at one moment, with sums so far, so that a later one says more.

    `pending` waits for the payer, who confirms it at `confirm_url`. `captured` is what was taken of the amount.
    """

    our_id: Name
    reference: Name
    status: Literal["pending", "authorised", "captured", "declined", "cancelled", "failed"]
    amount: Decimal
    currency: str
    captured: Decimal
    reason: Words | None = None
    confirm_url: Words | None = None
    refunds: tuple[RefundState, ...] = ()


class ProviderEvent(msgspec.Struct, frozen=True):
    """What a provider tells by itself: the payment as it was when `type` happened. Its id is told again with it."""

    id: Name
    type: Name
    at: Instant
    payment: PaymentState


class PaymentProvider(Protocol):
    """A provider. Everything it is asked for may be asked again: it does it once.

    All raise `ProviderUnanswered` where nobody knows what was done, and `ProviderRefused` where nothing was.
    """

    @property
    def name(self) -> str:
        """Return what it is called in addresses and records."""
        ...

    @property
    def is_test(self) -> bool:
        """Say whether no money moves."""
        ...

    async def authorise(self, merchant: Merchant, asked: Asked) -> PaymentState:
        """Ask for a payment; one that is declined is an answer, not an error."""
        ...

    async def capture(self, merchant: Merchant, reference: str, amount: Decimal) -> PaymentState:
        """Take what was authorised, at most; the rest of it is given up."""
        ...

    async def cancel(self, merchant: Merchant, reference: str) -> PaymentState:
        """Give up what was authorised."""
        ...

    async def refund(self, merchant: Merchant, reference: str, our_id: str, amount: Decimal) -> PaymentState:
        """Give money back, once for each `our_id`."""
        ...

    async def find(self, merchant: Merchant, our_id: str) -> PaymentState | None:
        """Return a payment by our own name for it; None where the provider never heard of it."""
        ...

    def read_webhook(
        self, merchant: Merchant, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> ProviderEvent:
        """Return what came in the provider's name; raise `WebhookNotSigned`, or `InvalidInput` for nonsense."""
        ...


Providers = Mapping[str, PaymentProvider]
"""The providers that this installation reaches, by name."""
