"""One typed function a statement of `queries.sql`."""

from datetime import date, datetime

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.rates.taxes.model import KeptRule, Locality, TaxPlace, TaxRule
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.rates.taxes")


async def list_localities(tx: ReadTransaction, omd_id: OmdId, after_id: int, limit: int) -> list[Locality]:
    """Return at most `limit` localities with an id above `after_id`, in the order of their ids."""
    return await tx.many(_SQL["list_localities"], Locality, omd_id=omd_id, after_id=after_id, limit=limit)


async def find_locality(tx: ReadTransaction, omd_id: OmdId, locality_id: int) -> Locality | None:
    """Return a locality, None when there is none."""
    return await tx.maybe(_SQL["find_locality"], Locality, omd_id=omd_id, locality_id=locality_id)


async def lock_locality(tx: Transaction, omd_id: OmdId, locality_id: int) -> Locality | None:
    """Return a locality that is going to be changed, None when there is none."""
    return await tx.maybe(_SQL["lock_locality"], Locality, omd_id=omd_id, locality_id=locality_id)


async def add_locality(tx: Transaction, omd_id: OmdId, *, code: str, name: str) -> Locality:
    """Add a locality."""
    return await tx.one(_SQL["add_locality"], Locality, omd_id=omd_id, code=code, name=name)


async def rename_locality(tx: Transaction, omd_id: OmdId, locality_id: int, name: str) -> Locality:
    """Give a locality that is there another name."""
    return await tx.one(_SQL["rename_locality"], Locality, omd_id=omd_id, locality_id=locality_id, name=name)


async def find_locality_of_hotel(tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId) -> Locality | None:
    """Return the locality a hotel lies in, None where it lies in none."""
    return await tx.maybe(_SQL["find_locality_of_hotel"], Locality, omd_id=omd_id, business_id=business_id)


async def put_hotel_into_locality(tx: Transaction, omd_id: OmdId, business_id: BusinessId, locality_id: int) -> None:
    """Say in which locality a hotel lies."""
    await tx.run(_SQL["put_hotel_into_locality"], omd_id=omd_id, business_id=business_id, locality_id=locality_id)


async def take_hotel_out_of_locality(tx: Transaction, omd_id: OmdId, business_id: BusinessId) -> None:
    """Say that a hotel lies in no locality."""
    await tx.run(_SQL["take_hotel_out_of_locality"], omd_id=omd_id, business_id=business_id)


async def find_tax_rules(
    tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId | None, starts_on: date | None, ends_on: date | None
) -> list[KeptRule]:
    """Return the rules that hold on some day of `[starts_on, ends_on)`, by id; None is no bound.

    Of a hotel these are its own, and those of its locality and destination: what a stay from arrival to departure
    needs, in one statement. Without a hotel they are all of the destination and its localities.
    """
    return await tx.many(
        _SQL["find_tax_rules"],
        KeptRule,
        omd_id=omd_id,
        business_id=business_id,
        starts_on=starts_on,
        ends_on=ends_on,
    )


async def lock_tax_rule(tx: Transaction, place: TaxPlace, rule_id: int) -> KeptRule | None:
    """Return a rule of a place that is going to be changed, None when there is none."""
    return await tx.maybe(
        _SQL["lock_tax_rule"], KeptRule, omd_id=place.omd_id, business_id=place.business_id, rule_id=rule_id
    )


async def add_tax_rule(tx: Transaction, place: TaxPlace, locality_id: int | None, rule: TaxRule) -> int:
    """Add a rule; return its id."""
    added: int = await tx.value(
        _SQL["add_tax_rule"],
        omd_id=place.omd_id,
        business_id=place.business_id,
        locality_id=locality_id,
        code=rule.code,
        **_terms(rule),
    )
    return added


async def change_tax_rule(tx: Transaction, omd_id: OmdId, rule_id: int, rule: TaxRule) -> None:
    """Rewrite the terms of a rule."""
    await tx.run(_SQL["change_tax_rule"], omd_id=omd_id, rule_id=rule_id, **_terms(rule))


async def end_tax_rule(tx: Transaction, omd_id: OmdId, rule_id: int, until: date | None) -> None:
    """Say on which day a rule does not hold any more; None for none that is known."""
    await tx.run(_SQL["end_tax_rule"], omd_id=omd_id, rule_id=rule_id, until=until)


async def delete_tax_rule(tx: Transaction, omd_id: OmdId, rule_id: int) -> None:
    """Take a rule away that never held."""
    await tx.run(_SQL["delete_tax_rule"], omd_id=omd_id, rule_id=rule_id)


async def find_latest_date(tx: ReadTransaction, place: TaxPlace, now: datetime) -> date | None:
    """Return the day a hotel works on, or the latest one of a destination's hotels; None where there is no hotel."""
    latest: date | None = await tx.value(
        _SQL["find_latest_date"], omd_id=place.omd_id, business_id=place.business_id, now=now
    )
    return latest


def _terms(rule: TaxRule) -> dict[str, object]:
    return {
        "name": rule.name,
        "basis": rule.basis,
        "placement": rule.placement,
        "value": rule.value,
        "since": rule.since,
        "until": rule.until,
        "kinds": rule.kinds,
        "min_age": rule.min_age,
        "max_age": rule.max_age,
        "max_nights": rule.max_nights,
        "spares_countries": rule.spares_countries,
        "only_countries": rule.only_countries,
    }
