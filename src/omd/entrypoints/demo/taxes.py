"""The demo's localities, and the taxes that two of them set: examples, not advice."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from omd.db import Transaction
from omd.entrypoints.demo.destinations import DESTINATIONS, code_of
from omd.features.identity import Omd
from omd.features.inventory import Business
from omd.features.rates.taxes import TaxPlace, TaxRule, commands, queries
from omd.kernel.actor import Actor

_SINCE = date(2026, 1, 1)
_CITY, _PROMOTION = "City tax", "Promotion tax"

EXAMPLES: Mapping[str, tuple[TaxRule, ...]] = {
    "sibiu": (TaxRule(None, "locality", "CITY", _CITY, "percent", "on_top", Decimal(2), _SINCE, kinds=["room"]),),
    "brasov": (
        TaxRule(None, "locality", "CITY", _CITY, "person_night", "on_top", Decimal(7), _SINCE),
        TaxRule(None, "locality", "PROMO", _PROMOTION, "person_night", "on_top", Decimal(5), _SINCE),
    ),
}
"""By the code of a locality."""

_PLACES: Mapping[str, Sequence[str]] = {each.code: each.places for each in DESTINATIONS}


async def settle_taxes(tx: Transaction, actor: Actor, destination: Omd, hotels: Sequence[Business]) -> None:
    """Give a destination that has no localities those that its hotels are named for, and their taxes."""
    if await queries.list_localities(tx, destination.id, 0, 1):
        return
    places = _PLACES.get(destination.code, (destination.name,))
    for place in places:
        locality = await commands.add_locality(tx, actor, code=code_of(place), name=place)
        for rule in EXAMPLES.get(locality.code, ()):
            await commands.add_tax_rule(tx, TaxPlace(destination.id, None), rule, locality.id)
        for hotel in hotels:
            if len(places) == 1 or hotel.name.endswith(f" {place}"):
                await commands.set_locality(tx, actor, hotel.id, locality.id)
