"""The settings of the way in: what a production server must be given, and that no secret is quoted back."""

from pathlib import Path

import pytest

from omd.entrypoints.mailing import mailer_for
from omd.entrypoints.secret_keys import keys_for
from omd.entrypoints.settings import SettingsInvalid, load_settings
from omd.features.identity.http import CookieRules
from omd.infra.keyring import Keyring, SecretKeysInvalid
from omd.infra.mail import FileMailer, SmtpMailer
from omd.kernel.clock import SystemClock

POSTGRES = "postgresql://omd@db.example/omd"
PROVIDER = '[{"name": "g", "issuer": "%s", "client_id": "c", "client_secret": "Sesame-4711"}]'


def test_a_database_of_ones_own_needs_keys_of_ones_own(tmp_path: Path) -> None:
    given = {"OMD_HOME": str(tmp_path), "OMD_DATABASE_URL": POSTGRES}
    with pytest.raises(SecretKeysInvalid, match="omd key create"):
        keys_for(load_settings(given))
    key = Keyring.make_key()
    assert keys_for(load_settings({**given, "OMD_SECRET_KEYS": key})) == key
    assert list(tmp_path.iterdir()) == [], "nothing was made up"


def test_the_embedded_database_gets_its_keys_once(tmp_path: Path) -> None:
    settings = load_settings({"OMD_HOME": str(tmp_path)})
    assert keys_for(settings) == keys_for(settings)


@pytest.mark.parametrize(
    "value",
    [
        "Sesame-4711",
        PROVIDER % "http://provider.example",
        PROVIDER % "ftp://provider.example",
        '[{"client_secret": "Sesame-4711"}]',
        PROVIDER % "https://provider.example?x=1",
    ],
)
def test_malformed_providers_are_named_and_not_quoted(value: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        load_settings({"OMD_OIDC_PROVIDERS": value})
    (problem,) = refused.value.problems
    assert problem.pointer == "OMD_OIDC_PROVIDERS"
    assert "Sesame-4711" not in problem.detail + refused.value.detail


def test_providers_are_read() -> None:
    settings = load_settings({"OMD_OIDC_PROVIDERS": PROVIDER % "https://provider.example/realm"})
    assert [each.issuer for each in settings.providers] == ["https://provider.example/realm"]


@pytest.mark.parametrize(
    ("url", "secure"),
    [
        ("http://127.0.0.1:8000", False),
        ("http://localhost:8000", False),
        ("http://[::1]:8000", False),
        ("http://rooms.example", True),
        ("http://127.0.0.1.evil.example", True),
        ("https://localhost", True),
    ],
)
def test_cookies_go_over_https_alone_but_on_this_machine(url: str, *, secure: bool) -> None:
    assert CookieRules.of(url).secure is secure


@pytest.mark.parametrize("url", ["https://rooms.example/path", "https://u:p@rooms.example", "rooms.example", "ftp://x"])
def test_the_public_address_is_a_bare_one(url: str) -> None:
    with pytest.raises(SettingsInvalid):
        load_settings({"OMD_PUBLIC_URL": url})


def test_letters_go_to_a_server_where_one_is_set(tmp_path: Path) -> None:
    home = {"OMD_HOME": str(tmp_path)}
    assert isinstance(mailer_for(load_settings(home), SystemClock()), FileMailer)
    sends = load_settings({**home, "OMD_SMTP_URL": "smtp://login:Sesame@mail.example:587"})
    assert isinstance(mailer_for(sends, SystemClock()), SmtpMailer)
