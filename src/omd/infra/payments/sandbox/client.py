"""The test provider as the product reaches it: over HTTP with a key, and by webhooks signed as the standard has it."""

import hmac
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any, TypeVar

import httpx2
import msgspec
from standardwebhooks import Webhook as Signer

from omd.infra.payments.provider import (
    Asked,
    Merchant,
    PaymentState,
    ProviderEvent,
    ProviderRefused,
    ProviderUnanswered,
    WebhookNotSigned,
)
from omd.kernel.errors import InvalidInput

PATIENCE_SECONDS = 10.0
CLOCKS_APART = timedelta(minutes=5)
"""How old a webhook may be, and how far ahead of our clock: as the Standard Webhooks advise."""

_WORD = 100

Kind = TypeVar("Kind")


_UNDECIDED = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
"""Answers that say nothing of a payment: the key may be wrong now, and what was asked before may have been done."""


class SandboxProvider:
    """The test provider at an address: no money moves."""

    name = "test"
    is_test = True

    def __init__(self, url: str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """`url` is where it is reached, without a path."""
        self._url = url
        self._patience = patience_seconds
        # Reading the authorities takes 20 ms: once.
        self._tls = ssl.create_default_context()

    async def authorise(self, merchant: Merchant, asked: Asked) -> PaymentState:
        """Ask for a payment."""
        body = {
            "our_id": asked.id,
            "amount": str(asked.amount),
            "currency": asked.currency,
            "token": asked.token,
            "captures": asked.captures,
        }
        return await self._change(merchant, "/v1/payments", body, key=asked.id)

    async def capture(self, merchant: Merchant, reference: str, amount: Decimal) -> PaymentState:
        """Take what was authorised, at most."""
        path = f"/v1/payments/{reference}/capture"
        return await self._change(merchant, path, {"amount": str(amount)}, key=f"{reference}:capture")

    async def cancel(self, merchant: Merchant, reference: str) -> PaymentState:
        """Give up what was authorised."""
        return await self._change(merchant, f"/v1/payments/{reference}/cancel", {}, key=f"{reference}:cancel")

    async def refund(self, merchant: Merchant, reference: str, our_id: str, amount: Decimal) -> PaymentState:
        """Give money back."""
        path = f"/v1/payments/{reference}/refunds"
        return await self._change(merchant, path, {"amount": str(amount), "our_id": our_id}, key=our_id)

    async def find(self, merchant: Merchant, our_id: str) -> PaymentState | None:
        """Return a payment by our own name for it, or None."""
        answer = await self._ask(merchant, "GET", "/v1/payments", params={"our_id": our_id})
        found = _decoded(answer, list[PaymentState])
        return found[0] if found else None

    def read_webhook(
        self, merchant: Merchant, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> ProviderEvent:
        """Return what came in the provider's name; raise `WebhookNotSigned` or `InvalidInput`."""
        message_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not sent_at.isascii() or not sent_at.isdecimal() or len(sent_at) > 12:
            raise _not_signed("says no time")
        at = datetime.fromtimestamp(int(sent_at), UTC)
        if abs(now - at) > CLOCKS_APART:
            raise _not_signed("is too old, or from the future")
        try:
            wanted = Signer(merchant.webhook_secret).sign(message_id, at, body.decode())
        except UnicodeDecodeError:
            raise _not_signed("is no text") from None
        given = headers.get("webhook-signature", "").split(" ")
        if not any(hmac.compare_digest(wanted.encode(), each.encode()) for each in given):
            raise _not_signed("is signed with another secret, or was changed")
        try:
            event = msgspec.json.decode(body, type=ProviderEvent)
        except msgspec.DecodeError:
            raise InvalidInput("What came is signed, and tells of no payment.") from None
        if event.id != message_id:
            raise _not_signed("was signed for another event")
        return event

    async def _change(self, merchant: Merchant, path: str, body: dict[str, Any], *, key: str) -> PaymentState:
        answer = await self._ask(merchant, "POST", path, json=body, headers={"Idempotency-Key": key})
        return _decoded(answer, PaymentState)

    async def _ask(
        self, merchant: Merchant, method: str, path: str, *, headers: Mapping[str, str] | None = None, **sent: Any
    ) -> bytes:
        """Return the body of a good answer; raise `ProviderRefused` or `ProviderUnanswered`."""
        shown = {"Authorization": f"Bearer {merchant.api_key}", **(headers or {})}
        try:
            async with httpx2.AsyncClient(
                base_url=self._url, timeout=self._patience, verify=self._tls, trust_env=False
            ) as client:
                answer = await client.request(method, path, headers=shown, **sent)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ProviderUnanswered(type(error).__name__) from error
        if answer.status_code in _UNDECIDED:
            raise ProviderUnanswered(str(answer.status_code))
        if HTTPStatus.BAD_REQUEST <= answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ProviderRefused(_word(answer.content))
        if answer.status_code not in (HTTPStatus.OK, HTTPStatus.CREATED):
            raise ProviderUnanswered(str(answer.status_code))
        return answer.content


def _decoded(body: bytes, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise ProviderUnanswered("an answer that cannot be read") from error


def _word(body: bytes) -> str:
    """Return the provider's word for a refusal, and no more of what it says."""
    with suppress(msgspec.DecodeError):
        word = msgspec.json.decode(body, type=dict[str, str]).get("error", "")
        if len(word) <= _WORD and word.replace("_", "").isalnum():
            return word
    return "refused"


def _not_signed(why: str) -> WebhookNotSigned:
    return WebhookNotSigned(f"What came {why}. Nothing of it was taken.")
