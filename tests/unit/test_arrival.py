"""Whose word is taken for the client's address, the scheme and the request's id."""

import re

import pytest

from omd.infra.http.arrival import Arrival, arrival_of, note_arrival, parse_networks

TRUSTED = parse_networks("10.0.0.0/8, ::1, 2001:db8:1::/48")


def arrive(
    peer: str,
    forwarded: tuple[str, ...] = (),
    proto: str | None = None,
    request_id: str | None = None,
    scheme: str = "http",
) -> Arrival:
    scope: dict[str, object] = {}
    arrival = note_arrival(
        scope,
        peer=peer,
        scheme=scheme,
        forwarded_for=[each.encode("latin-1") for each in forwarded],
        forwarded_proto=[] if proto is None else [proto.encode()],
        request_id=None if request_id is None else request_id.encode(),
        trusted=TRUSTED,
    )
    assert arrival_of(scope) == arrival
    return arrival


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", (), "203.0.113.9"),
        ("203.0.113.9", ("198.51.100.1",), "203.0.113.9"),
        ("10.1.1.1", (), "10.1.1.1"),
        ("10.1.1.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.1.1.1", ("1.2.3.4, 198.51.100.1",), "198.51.100.1"),
        ("10.1.1.1", ("1.2.3.4", "198.51.100.1, 10.2.2.2"), "198.51.100.1"),
        ("10.1.1.1", ("10.3.3.3, 10.2.2.2",), "10.3.3.3"),
        ("10.1.1.1", ("198.51.100.1, unknown",), "10.1.1.1"),
        ("10.1.1.1", ("198.51.100.1, 10.2.2.2, <script>, 10.4.4.4",), "10.4.4.4"),
        ("10.1.1.1", ("198.51.100.1:4711",), "198.51.100.1"),
        ("::1", ("[2001:db8::7]:443",), "2001:db8::7"),
        ("::1", ("2001:DB8:0::7",), "2001:db8::7"),
        ("::ffff:10.1.1.1", ("198.51.100.1",), "198.51.100.1"),
        ("", ("198.51.100.1",), ""),
        ("10.1.1.1", ("\xff\xfe",), "10.1.1.1"),
        ("10.1.1.1", ("9" * 100_000,), "10.1.1.1"),
    ],
)
def test_the_client_is_the_rightmost_address_that_no_trusted_proxy_has(
    peer: str, forwarded: tuple[str, ...], address: str
) -> None:
    assert arrive(peer, forwarded).address == address


def test_the_scheme_is_what_the_nearest_trusted_proxy_says() -> None:
    assert arrive("10.1.1.1", proto="https").scheme == "https"
    assert arrive("10.1.1.1", proto="https, http").scheme == "http"
    assert arrive("10.1.1.1", proto="javascript").scheme == "http"
    assert arrive("203.0.113.9", proto="https").scheme == "http"
    assert arrive("203.0.113.9", proto="http", scheme="https").scheme == "https"


def test_a_request_keeps_the_id_a_trusted_proxy_gave_it() -> None:
    assert arrive("10.1.1.1", request_id="abc-123").request_id == "abc-123"
    for peer, given in (("203.0.113.9", "abc-123"), ("10.1.1.1", "a b"), ("10.1.1.1", "x" * 65), ("10.1.1.1", "")):
        made = arrive(peer, request_id=given).request_id
        assert made != given
        assert re.fullmatch(r"[0-9a-f]{16}", made)
    assert arrive("10.1.1.1").request_id != arrive("10.1.1.1").request_id


def test_whoever_has_one_ipv6_address_has_its_neighbours_too() -> None:
    assert arrive("2001:db8:7:8::1").neighbourhood == arrive("2001:db8:7:8:ffff::2").neighbourhood
    assert arrive("2001:db8:7:8::1").neighbourhood != arrive("2001:db8:7:9::1").neighbourhood
    assert arrive("203.0.113.9").neighbourhood == "203.0.113.9"


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.1/8", "proxy.example.org", "10.0.0.0/8;::1"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not appear|has host bits"):
        parse_networks(text)
