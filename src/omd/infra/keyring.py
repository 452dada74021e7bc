"""Encryption of what the database must not read: keys live outside of it, and the text is bound to where it stands.

AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits. The first key encrypts, every key decrypts, so that a
new one can be put in front and the old one removed once everything was encrypted anew.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from omd.kernel.errors import OmdError

KEY_BYTES = 32
_VERSION = b"\x01"
_KEY_NAME_BYTES = 4
_NONCE_BYTES = 12
_HEAD_BYTES = len(_VERSION) + _KEY_NAME_BYTES


class SecretUnreadable(OmdError):
    """Something encrypted cannot be read: its key is gone, or it was changed or moved since."""

    code = "secret_unreadable"
    status = 500
    title = "A secret cannot be read"


class SecretKeysInvalid(OmdError):
    """The keys that encrypt secrets are missing or malformed."""

    code = "secret_keys_invalid"
    status = 503
    title = "The secret keys cannot be used"


class Renewed(NamedTuple):
    """How many secrets were encrypted anew, and how many cannot be read: their key is gone."""

    renewed: int
    unreadable: int


class Keyring:
    """Encrypts under the newest key and decrypts under any of them."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        """Take the keys, the newest first; raise `SecretKeysInvalid` unless each has 32 bytes and there is one."""
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise SecretKeysInvalid("Each secret key has 32 bytes, and there is at least one. Make one: omd key create")
        self._newest = keys[0]
        self._ciphers = {_name_of(key): AESGCM(key) for key in reversed(keys)}

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Return the keyring of keys in base64, commas between; raise `SecretKeysInvalid`, quoting none of it."""
        try:
            keys = tuple(base64.b64decode(each.strip(), altchars=b"-_", validate=True) for each in text.split(","))
        except (binascii.Error, ValueError) as error:
            said = "OMD_SECRET_KEYS holds keys of 32 bytes in base64, commas between. Make one: omd key create"
            raise SecretKeysInvalid(said) from error
        return cls(keys)

    @staticmethod
    def make_key() -> str:
        """Return a new key in the form that `parse` reads."""
        return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()

    def encrypt(self, secret: bytes, context: str) -> bytes:
        """Return the secret encrypted; it can be read with the same context only, such as `totp:42`."""
        name, nonce = _name_of(self._newest), secrets.token_bytes(_NONCE_BYTES)
        sealed = self._ciphers[name].encrypt(nonce, secret, context.encode())
        return _VERSION + name + nonce + sealed

    def decrypt(self, sealed: bytes, context: str) -> bytes:
        """Return what was encrypted in this context; raise `SecretUnreadable` when that cannot be."""
        cipher = self._ciphers.get(sealed[len(_VERSION) : _HEAD_BYTES]) if sealed[:1] == _VERSION else None
        if cipher is None:
            raise SecretUnreadable("The key of this secret is not in OMD_SECRET_KEYS. Put it back behind the newest.")
        nonce, text = sealed[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES], sealed[_HEAD_BYTES + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, text, context.encode())
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadable("This secret was changed, or moved from where it was encrypted.") from error

    @property
    def newest_head(self) -> bytes:
        """Return with which bytes everything begins that was encrypted under the newest key."""
        return _VERSION + _name_of(self._newest)

    def renewed(self, sealed: bytes, context: str) -> bytes:
        """Return what was encrypted in this context under the newest key; raise `SecretUnreadable`."""
        return sealed if self.is_newest(sealed) else self.encrypt(self.decrypt(sealed, context), context)

    def is_newest(self, sealed: bytes) -> bool:
        """Say whether this was encrypted under the newest key; what was not can be encrypted anew."""
        return sealed[:_HEAD_BYTES] == self.newest_head

    def fingerprint(self, text: str, context: str) -> bytes:
        """Return 32 bytes that stand for the text and do not tell it, without the newest key, even by guessing."""
        return self.seal_of(text.encode(), context)

    def seal_of(self, data: bytes, context: str) -> bytes:
        """Return 32 bytes that only who has the newest key can make for these data in this context."""
        return hmac.digest(self._newest, context.encode() + b"\0" + data, "sha256")


def keys_in(home: Path) -> str:
    """Return the keys of a folder as `Keyring.parse` reads them, making its file `secret.keys` (mode 0600) at first.

    For the embedded servers only: whoever reads the folder has the data and the keys.
    """
    file = home / "secret.keys"
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            _write_once(file, Keyring.make_key())
        keys = file.read_text(encoding="ascii").strip()
        Keyring.parse(keys)
    except (OSError, UnicodeDecodeError, SecretKeysInvalid) as error:
        raise SecretKeysInvalid(
            f"The keys in {file} cannot be read or written. Let this user do so; where the file is damaged, bring it "
            f"back: without it what was encrypted is lost."
        ) from error
    return keys


def _write_once(file: Path, text: str) -> None:
    """Write the file whole or not at all; when another process was first, its keys stay."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        output.write(text + "\n")
        output.flush()
        os.fsync(output.fileno())
    try:
        file.hardlink_to(draft)
    except FileExistsError:
        return  # made by another process meanwhile: everybody reads that one
    finally:
        draft.unlink()


def _name_of(key: bytes) -> bytes:
    return hashlib.sha256(b"omd key name" + key).digest()[:_KEY_NAME_BYTES]
