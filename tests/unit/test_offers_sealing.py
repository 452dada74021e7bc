"""A sealed offer is read by who sealed it, for whom it was made, until it expires; and it stays short."""

import base64
from datetime import date, timedelta
from decimal import Decimal

import pytest

from omd.features.offers import MOST_CHARACTERS, Offer, OfferExpired, OfferUnreadable, Supply, quote, seal, unseal
from omd.features.rates import Party, TaxRule
from omd.infra.keyring import Keyring
from omd.kernel.actor import Actor
from omd.kernel.dates import MAX_NIGHTS, StayDates
from omd.kernel.ids import BusinessId, OmdId
from support.offers_world import DOUBLE, NOW, THURSDAY, asked, basis, ground, only, plan

KEYRING = Keyring((b"k" * 32,))
STAFF = Actor(OmdId(1), "hotel", (BusinessId(7),), (), "staff")


def made(nights: int = 2) -> Offer:
    """Return an offer of a hotel with supplements, children and taxes, each night priced for itself."""
    span = StayDates(THURSDAY, THURSDAY + timedelta(days=nights))
    charges = ("night", "person_night")
    supplements = [
        {"code": f"SUPPLEMENT-{number}", "name": "A supplement", "charge": charge, "amount": f"{number}.25"}
        for number, charge in enumerate(charges, start=7)
    ]
    brackets = [[0, 2], [2, 6], [6, 12], [12, 18]]
    terms = {"supplements": supplements}
    prices = [
        [
            *(1, DOUBLE, night, night, 1, 55 + number * 17 / 100),
            [100 + number * 37 / 100, 120 + number * 37 / 100],
            [each * (1_000 + number * 13) / 100 for each in range(1, 5)],
        ]
        for number, night in enumerate(span.dates())
    ]
    double = [[DOUBLE, "DBL", "Double", 1, 2, 3, 4, 7]]
    of = basis([plan(1, "FLEX", brackets=brackets, terms=terms, room_types=[DOUBLE])], prices, (), double, span)
    kinds = (("VAT", "percent", "included"), ("CITY", "person_night", "on_top"), ("TOURISM", "percent_of_net", "owed"))
    rules = [
        TaxRule(number, "locality", code, f"The tax {code}", basis_of_it, placement, Decimal("9.25"), date(2027, 1, 1))  # type: ignore[arg-type]
        for number, (code, basis_of_it, placement) in enumerate(kinds, start=100)
    ]
    supply = Supply({DOUBLE: dict.fromkeys(span.dates(), 5)})
    question = asked(Party(3, (1, 5, 11, 17)), nights=nights)
    (offer,) = only(quote(ground(of, supply, *rules), question)).offers
    return offer


def test_what_is_unsealed_is_what_was_sealed() -> None:
    offer = made()
    assert unseal(seal(offer, KEYRING), KEYRING, STAFF, NOW) == offer
    assert seal(offer, KEYRING) != seal(offer, KEYRING)


def test_it_says_nothing_to_whoever_has_it() -> None:
    sealed = seal(made(), KEYRING)
    read = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    assert not any(word in read for word in (b"FLEX", b"SUPPLEMENT", b"RON"))


def test_it_expires_to_the_second() -> None:
    offer = made()
    sealed = seal(offer, KEYRING)
    last = offer.expires_at - timedelta(microseconds=1)
    assert unseal(sealed, KEYRING, STAFF, last) == offer
    with pytest.raises(OfferExpired, match="Ask for a new one"):
        unseal(sealed, KEYRING, STAFF, offer.expires_at)


@pytest.mark.parametrize(
    "actor",
    [
        Actor(OmdId(2), "hotel", (BusinessId(7),), (), "another destination"),
        Actor(OmdId(1), "hotel", (BusinessId(8),), (), "another hotel"),
        Actor(OmdId(1), "hotel", (), (), "nobody's"),
    ],
)
def test_another_tenants_offer_is_no_offer(actor: Actor) -> None:
    offer = made()
    sealed = seal(offer, KEYRING)
    with pytest.raises(OfferUnreadable) as foreign:
        unseal(sealed, KEYRING, actor, NOW)
    with pytest.raises(OfferUnreadable) as none:
        unseal("nothing", KEYRING, actor, NOW)
    assert foreign.value.detail == none.value.detail
    # Even when it expired: whose it is comes first.
    with pytest.raises(OfferUnreadable):
        unseal(sealed, KEYRING, actor, offer.expires_at)


def test_a_changed_offer_is_no_offer() -> None:
    sealed = seal(made(), KEYRING)
    raw = bytearray(base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4)))
    for at in range(len(raw)):
        raw[at] ^= 1
        with pytest.raises(OfferUnreadable):
            unseal(base64.urlsafe_b64encode(raw).decode().rstrip("="), KEYRING, STAFF, NOW)
        raw[at] ^= 1


@pytest.mark.parametrize("text", ["", "=", "abc", "ă" * 40, "A" * 400, "A" * (MOST_CHARACTERS + 1), "a b", "\x00"])
def test_what_is_no_offer_is_refused(text: str) -> None:
    with pytest.raises(OfferUnreadable):
        unseal(text, KEYRING, STAFF, NOW)


def test_what_another_key_or_another_use_sealed_is_no_offer() -> None:
    offer = made()
    with pytest.raises(OfferUnreadable):
        unseal(seal(offer, Keyring((b"x" * 32,))), KEYRING, STAFF, NOW)
    elsewhere = base64.urlsafe_b64encode(KEYRING.encrypt(b"an offer", "totp:1")).decode().rstrip("=")
    with pytest.raises(OfferUnreadable):
        unseal(elsewhere, KEYRING, STAFF, NOW)


def test_the_longest_stay_with_all_there_is_fits() -> None:
    lengths = {nights: len(seal(made(nights), KEYRING)) for nights in (7, MAX_NIGHTS)}
    offer = made(MAX_NIGHTS)
    # Each night: the room, an extra adult, four brackets, two supplements, three taxes.
    assert (len(offer.charges), len(offer.taxes)) == (8 * MAX_NIGHTS, 3 * MAX_NIGHTS)
    assert 700 < lengths[7] < 1_000
    assert 15_000 < lengths[MAX_NIGHTS] < 25_000 < MOST_CHARACTERS
    assert unseal(seal(offer, KEYRING), KEYRING, STAFF, NOW) == offer
