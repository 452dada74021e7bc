"""What is sent about card payments, as it goes over the wire."""

from typing import Annotated, Literal

import msgspec

from omd.features.folios.cards.model import Purpose
from omd.features.folios.payloads import Amount, Words

Token = Annotated[
    str,
    msgspec.Meta(
        pattern="^(?![0-9.-]{12,}$)[A-Za-z0-9_.-]{1,200}$(?!\\n)",
        description="Stands for the card: the provider gave it to the payer's browser. Numbers of cards are refused.",
        extra_json_schema={"examples": ["tok_ok"]},
    ),
]
ProviderName = Annotated[
    str, msgspec.Meta(pattern="^[a-z0-9-]{1,30}$(?!\\n)", extra_json_schema={"examples": ["test"]})
]
ApiKey = Annotated[
    str,
    msgspec.Meta(
        pattern="^[\\x21-\\x7e]{8,500}$(?!\\n)",
        description="Kept encrypted, and never shown again.",
        extra_json_schema={"examples": ["sk_test_0123456789abcdef"]},
    ),
]
WebhookSecret = Annotated[
    str,
    msgspec.Meta(
        pattern="^whsec_[A-Za-z0-9+/=]{32,88}$(?!\\n)",
        description="Kept encrypted, and never shown again.",
        extra_json_schema={"examples": ["whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]},
    ),
]


class NewAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By which provider a hotel takes cards, and what the hotel is known by there."""

    provider: ProviderName
    api_key: ApiKey
    webhook_secret: WebhookSecret


class NewCardPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money to take from a card: at once, or `later`, when it is authorised now and captured then."""

    amount: Amount
    token: Token
    capture: Literal["now", "later"] = "now"
    purpose: Purpose = "payment"
    text: Words = "Card"


class NewCapture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of what was authorised is taken: all of it, unless an amount is named. The rest is given up."""

    amount: Amount | None = None


class NewCardRefund(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money to give back to the card, of what was paid or of the deposit: as it came, unless it is said."""

    amount: Amount
    text: Words
    of: Literal["payments", "deposit"] | None = None
