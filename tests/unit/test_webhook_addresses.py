"""Where webhooks lead: public servers and nowhere else, by name, by number and by whatever hides a number."""

import ipaddress
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from omd.infra.webhooks import Sender
from omd.infra.webhooks.addresses import AddressRefused, checked, is_public
from omd.infra.webhooks.errors import UrlNotPossible
from omd.infra.webhooks.target import target_of
from support.certificates import certified
from support.webhook_target import WebhookTarget, target_open

INSIDE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
OUTSIDE = ["9.9.9.9", "93.184.215.14", "2620:fe::fe", "2a00:1450:4001:82a::200e", "::ffff:9.9.9.9"]


@pytest.mark.parametrize("text", INSIDE)
def test_an_address_inside_is_refused(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))
    with pytest.raises(AddressRefused):
        checked([text], to_loopback=False)


@pytest.mark.parametrize("text", OUTSIDE)
def test_a_public_address_is_taken(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))
    assert checked([text], to_loopback=False) == [text]


def test_one_address_inside_spoils_the_others() -> None:
    with pytest.raises(AddressRefused):
        checked(["9.9.9.9", "10.0.0.1"], to_loopback=False)


def test_in_development_this_machine_is_taken_and_its_neighbours_are_not() -> None:
    assert checked(["127.0.0.1", "::1"], to_loopback=True) == ["127.0.0.1", "::1"]
    for text in ("10.0.0.1", "169.254.169.254", "::ffff:192.168.0.1", "fe80::1%eth0"):
        with pytest.raises(AddressRefused):
            checked([text], to_loopback=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/x",
        "ftp://hooks.example/x",
        "https://",
        "https:///path",
        "https://user:password@hooks.example/",
        "https://hooks.example/#fragment",
        "https://hooks.example:99999/",
        "https://hooks.example:0/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1/",
        "http://localhost/",
        "javascript:alert(1)",
        "//hooks.example/",
        "hooks.example",
        "https://xn--\x00/",
    ],
)
def test_a_url_that_leads_nowhere_good_is_refused(url: str) -> None:
    with pytest.raises(UrlNotPossible):
        target_of(url, to_loopback=False)


@pytest.mark.parametrize(
    "url",
    ["https://hooks.example", "https://hooks.example:8443/a?b=c", "https://crêperie.example/x", "https://9.9.9.9/"],
)
def test_a_url_of_a_public_server_is_taken(url: str) -> None:
    target_of(url, to_loopback=False)


@pytest.fixture
async def target() -> AsyncIterator[WebhookTarget]:
    """A server on this machine."""
    async with target_open() as target:
        yield target


async def names(_host: str, _port: int) -> list[str]:
    """Resolve whatever is asked to this machine, as whoever owns a name may."""
    return ["127.0.0.1"]


@pytest.mark.parametrize("spelled", ["localhost", "127.1", "2130706433", "0x7f000001", "017700000001"])
async def test_no_spelling_of_this_machine_is_connected_to(target: WebhookTarget, spelled: str) -> None:
    outcome = await Sender().post(f"https://{spelled}:{target.port}/", b"{}", {})
    assert (outcome.status, outcome.error) == (None, "refused_address")
    assert target.most_open == 0


async def test_a_name_that_stands_for_this_machine_is_not_connected_to(target: WebhookTarget) -> None:
    outcome = await Sender(find=names).post(f"https://hooks.example:{target.port}/", b"{}", {})
    assert (outcome.error, target.most_open) == ("refused_address", 0)


async def test_a_name_that_changes_after_it_was_checked_is_not_asked_again(target: WebhookTarget) -> None:
    """The name is resolved once, and what was checked is connected to: who asked twice would reach the target."""
    asked: list[str] = []

    async def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.2"] if len(asked) == 1 else ["127.0.0.1"]

    sender = Sender(find=rebinding, to_loopback=True)
    outcome = await sender.post(f"https://hooks.example:{target.port}/", b"{}", {})
    assert outcome.error == "no_connection"
    assert (asked, target.most_open) == (["hooks.example"], 0)


async def test_a_server_is_told_by_the_name_that_its_certificate_has(tmp_path: Path) -> None:
    """What was checked is connected to by number, and yet its certificate is held against the name of the URL."""
    shown, believed = certified("hooks.example", tmp_path)
    async with target_open(shown) as target:
        sender = Sender(find=names, to_loopback=True, tls=believed)
        outcome = await sender.post(f"https://hooks.example:{target.port}/x?y=z", b"{}", {"webhook-id": "m"})
        assert (outcome.status, outcome.error) == (204, None)
        (received,) = target.received
        assert received.path == "/x?y=z"
        assert received.headers["host"] == f"hooks.example:{target.port}"
        other = await sender.post(f"https://other.example:{target.port}/", b"{}", {})
        unknown = await Sender(find=names, to_loopback=True).post(f"https://hooks.example:{target.port}/", b"{}", {})
        assert (other.error, unknown.error) == ("tls_failed", "tls_failed")
        assert len(target.received) == 1


async def test_a_server_that_never_shakes_hands_is_let_go(target: WebhookTarget) -> None:
    sender = Sender(to_loopback=True, connect_seconds=0.3)
    outcome = await sender.post(f"https://localhost:{target.port}/", b"{}", {})
    assert (outcome.delivered, outcome.status) == (False, None)
    assert target.received == []


async def test_an_unknown_name_and_a_closed_port_are_told_apart() -> None:
    outcome = await Sender().post("https://nowhere.invalid/", b"{}", {})
    assert outcome.error == "not_resolved"
    async with target_open() as closed:
        url = closed.url
    outcome = await Sender(to_loopback=True).post(url, b"{}", {})
    assert outcome.error == "no_connection"
