"""Secrets are read by their keys alone, where they were put, unchanged."""

import base64
import stat
from pathlib import Path

import pytest

from omd.infra.keyring import Keyring, SecretKeysInvalid, SecretUnreadable, keys_in

SECRET = b"passport KX 123456"


def test_what_is_encrypted_is_read_again_and_says_nothing() -> None:
    keyring = Keyring.parse(Keyring.make_key())
    sealed = keyring.encrypt(SECRET, "document:1")
    assert keyring.decrypt(sealed, "document:1") == SECRET
    assert SECRET not in sealed
    assert keyring.encrypt(SECRET, "document:1") != sealed, "equal secrets do not look alike"


def test_it_is_read_in_its_own_place_only() -> None:
    keyring = Keyring.parse(Keyring.make_key())
    sealed = keyring.encrypt(SECRET, "document:1")
    with pytest.raises(SecretUnreadable):
        keyring.decrypt(sealed, "document:2")


def test_a_changed_byte_is_noticed_wherever_it_is() -> None:
    keyring = Keyring.parse(Keyring.make_key())
    sealed = keyring.encrypt(SECRET, "document:1")
    for at in range(len(sealed)):
        forged = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(SecretUnreadable):
            keyring.decrypt(forged, "document:1")
        with pytest.raises(SecretUnreadable):
            keyring.decrypt(sealed[:at], "document:1")


def test_keys_are_exchanged_by_putting_a_new_one_in_front() -> None:
    old, new = Keyring.make_key(), Keyring.make_key()
    sealed = Keyring.parse(old).encrypt(SECRET, "x")
    both = Keyring.parse(f"{new}, {old}")
    assert both.decrypt(sealed, "x") == SECRET
    assert not both.is_newest(sealed)
    again = both.encrypt(SECRET, "x")
    assert both.is_newest(again)
    assert Keyring.parse(new).decrypt(again, "x") == SECRET
    with pytest.raises(SecretUnreadable, match="OMD_SECRET_KEYS"):
        Keyring.parse(new).decrypt(sealed, "x")


@pytest.mark.parametrize("text", ["", "x", ",", "c2hvcnQ=", "not base64 !", base64.b64encode(b"x" * 31).decode()])
def test_malformed_keys_are_refused_without_quoting_them(text: str) -> None:
    with pytest.raises(SecretKeysInvalid) as refused:
        Keyring.parse(text)
    assert len(text) < 6 or text not in refused.value.detail


def test_a_fingerprint_needs_the_key_and_the_context() -> None:
    keyring, other = Keyring.parse(Keyring.make_key()), Keyring.parse(Keyring.make_key())
    mark = keyring.fingerprint("ana@example.com", "email")
    assert mark == keyring.fingerprint("ana@example.com", "email")
    assert mark not in (other.fingerprint("ana@example.com", "email"), keyring.fingerprint("ana@example.com", "x"))


def test_the_keys_of_a_folder_are_made_once_and_private(tmp_path: Path) -> None:
    home = tmp_path / "home"
    sealed = Keyring.parse(keys_in(home)).encrypt(SECRET, "x")
    assert stat.S_IMODE((home / "secret.keys").stat().st_mode) == 0o600
    assert Keyring.parse(keys_in(home)).decrypt(sealed, "x") == SECRET
    assert [each.name for each in home.iterdir()] == ["secret.keys"]


def test_a_damaged_file_of_keys_is_refused_and_stays(tmp_path: Path) -> None:
    (tmp_path / "secret.keys").write_bytes(b"\xff\xfe")
    with pytest.raises(SecretKeysInvalid, match="secret"):
        keys_in(tmp_path)
    assert (tmp_path / "secret.keys").read_bytes() == b"\xff\xfe"
