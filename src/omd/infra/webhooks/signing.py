"""Signatures by the Standard Webhooks scheme, version 1.0.0: what is sent is signed with its id and its instant."""

import base64
import binascii
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from standardwebhooks import Webhook as Signer

SECRET_BYTES = 32
"""The scheme asks for 24 to 64."""

PREFIX = "whsec_"


def make_secret() -> bytes:
    """Return a new secret that signs."""
    return secrets.token_bytes(SECRET_BYTES)


def spelled(secret: bytes) -> str:
    """Return a secret as its owner gets it."""
    return PREFIX + base64.b64encode(secret).decode()


def signed_headers(message_id: str, body: bytes, signing: Iterable[bytes], *, now: datetime) -> dict[str, str]:
    """Return the headers that go with a body, signed by each of the secrets: two while one takes another's place."""
    at = now.astimezone(UTC).replace(microsecond=0)
    signatures = [Signer(secret).sign(message_id, at, body.decode()) for secret in signing]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def read_secret(text: str) -> bytes | None:
    """Return a secret that its owner was shown, None for what is none: the scheme asks for 24 to 64 bytes."""
    try:
        secret = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return secret if text.startswith(PREFIX) and 24 <= len(secret) <= 64 else None
