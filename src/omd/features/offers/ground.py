"""What the database gives of a hotel, as the ground that its offers are made on."""

from datetime import date

import msgspec

from omd.features.availability import Horizon
from omd.features.offers.basis import basis_of
from omd.features.offers.model import OfferedPolicy
from omd.features.offers.queries import GroundRow
from omd.features.offers.quote import AgencyQuotas, Ground, LocalTaxes, Quota, Supply
from omd.features.rates import TaxRule
from omd.kernel.dates import StayDates

_decode_rooms = msgspec.json.Decoder(list[tuple[int, list[date], list[int]]]).decode
_decode_quotas = msgspec.json.Decoder(list[tuple[int, date, int, int]]).decode
_decode_house = msgspec.json.Decoder(list[tuple[date, int]]).decode
decode_rules = msgspec.json.Decoder(tuple[TaxRule, ...]).decode
decode_policies = msgspec.json.Decoder(tuple[OfferedPolicy, ...]).decode


class HotelGround(msgspec.Struct, frozen=True):
    """The ground of a hotel's offers, the policies its plans are sold under, and the dates that are open."""

    ground: Ground
    policies: tuple[OfferedPolicy, ...]
    horizon: Horizon | None


def ground_of(row: GroundRow, nights: StayDates, agency: str | None = None) -> HotelGround:
    """Return what was read of a hotel for some nights, and for an agency that asks."""
    ground = Ground(
        basis_of(row, nights),
        supply_read(row.rooms, row.house, None if agency is None else _quotas(row, agency)),
        LocalTaxes(row.locality_id, decode_rules(row.tax_rules)),
    )
    return HotelGround(ground, decode_policies(row.policies), horizon_read(row.open_from, row.last_departure))


def supply_read(rooms: str, house: str, quotas: AgencyQuotas | None = None) -> Supply:
    """Return what is free, as the database told it by room type and for the house."""
    by_type = {kind: dict(zip(days, free, strict=True)) for kind, days, free in _decode_rooms(rooms)}
    return Supply(by_type, dict(_decode_house(house)), quotas)


def horizon_read(open_from: date | None, last_departure: date | None) -> Horizon | None:
    """Return the dates that are open, None where none are."""
    return None if open_from is None or last_departure is None else Horizon(open_from, last_departure)


def _quotas(row: GroundRow, agency: str) -> AgencyQuotas:
    nights: dict[int, dict[date, Quota]] = {}
    for type_id, night, rooms, sold in _decode_quotas(row.quotas):
        nights.setdefault(type_id, {})[night] = Quota(rooms, sold)
    return AgencyQuotas(agency, nights)
