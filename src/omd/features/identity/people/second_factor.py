"""The second factor: time-based codes (RFC 6238) and the recovery codes that stand in for them."""

import hashlib
import hmac
import re
import secrets
from datetime import datetime

import pyotp

STEP_SECONDS = 30
_STEPS_EITHER_WAY = 1
"""Clocks of phones are off by seconds: the code before and the code after are taken too."""

ISSUER = "OMD Platform"
RECOVERY_CODES = 10
_RECOVERY_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CODE = re.compile(r"[0-9]{6}")


def make_totp_secret() -> str:
    """Return a new secret of 160 bits, in base32, as authenticator apps take it."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, email: str) -> str:
    """Return the `otpauth:` address that an authenticator app reads as a QR code."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=email, issuer_name=ISSUER)


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step the code belongs to, None when it is no code of about now."""
    code = code.replace(" ", "")
    if not _CODE.fullmatch(code):
        return None
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    current = int(now.timestamp()) // STEP_SECONDS
    found = None
    # Every step is looked at, whichever matches: the time taken tells nothing.
    for step in range(current - _STEPS_EITHER_WAY, current + _STEPS_EITHER_WAY + 1):
        if hmac.compare_digest(totp.generate_otp(step), code):
            found = step
    return found


def make_recovery_codes() -> list[str]:
    """Return new recovery codes of 60 random bits each, as people can type them."""

    def make() -> str:
        letters = "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(12))
        return "-".join(letters[at : at + 4] for at in range(0, 12, 4))

    return [make() for _ in range(RECOVERY_CODES)]


def recovery_code_hash(code: str, user_id: int) -> bytes:
    """Return what is kept of a recovery code, however it was typed."""
    letters = re.sub(r"[\s-]", "", code).upper()
    return hashlib.sha256(f"{user_id}:{letters}".encode()).digest()
