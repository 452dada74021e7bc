"""Card payments by a provider: what is asked of one, and what it answers. Knows no hotel, and no card."""

from omd.infra.payments.provider import (
    Asked,
    Merchant,
    PaymentProvider,
    PaymentState,
    ProviderEvent,
    ProviderRefused,
    Providers,
    ProviderUnanswered,
    RefundState,
    WebhookNotSigned,
)
from omd.infra.payments.sandbox import TOKENS, SandboxProvider, sandbox_app

__all__ = [
    "TOKENS",
    "Asked",
    "Merchant",
    "PaymentProvider",
    "PaymentState",
    "ProviderEvent",
    "ProviderRefused",
    "ProviderUnanswered",
    "Providers",
    "RefundState",
    "SandboxProvider",
    "WebhookNotSigned",
    "sandbox_app",
]
