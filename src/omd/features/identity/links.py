"""One-time links: made here, redeemed where people sign in."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Literal

from omd.db import Transaction, load_statements

LinkPurpose = Literal["password_reset", "invitation"]

LINK_LASTS: dict[LinkPurpose, timedelta] = {
    "password_reset": timedelta(minutes=30),
    "invitation": timedelta(days=7),
}

_SQL = load_statements("omd.features.identity", "links.sql")
_SECRET_BYTES = 32


async def create_link(tx: Transaction, *, purpose: LinkPurpose, email: str, now: datetime) -> str:
    """Make a one-time link for an e-mail address in its normal spelling and return its token; only its hash is kept."""
    token = secrets.token_urlsafe(_SECRET_BYTES)
    digest = hashlib.sha256(token.encode()).digest()
    await tx.value(_SQL["open_email"], email=email)
    await tx.run(
        _SQL["add_link"], token_hash=digest, purpose=purpose, email=email, now=now, expires_at=now + LINK_LASTS[purpose]
    )
    await tx.value(_SQL["open_email"], email="")
    return token
