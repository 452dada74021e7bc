"""By what a hotel's business date advances."""

from omd.db import ReadTransaction, Transaction
from omd.features.inventory import Business, get_business, lock_business_date, set_business_date
from omd.features.nightaudit import queries
from omd.features.nightaudit.errors import DateBehind
from omd.features.nightaudit.model import Settings
from omd.features.nightaudit.queries import Hotel
from omd.kernel.clock import Clock, local_date
from omd.kernel.errors import NotFound


async def find_settings(tx: ReadTransaction, hotel: Hotel) -> Settings:
    """Return how a hotel's business date advances: by the clock, unless that was ever said otherwise."""
    return await queries.find_settings(tx, hotel) or Settings()


async def change_settings(tx: Transaction, hotel: Hotel, wanted: Settings, clock: Clock) -> Settings:
    """Say how a hotel's business date advances, and return it.

    A hotel that goes over to audits goes on from the date it works on, one that goes over to the clock does so on a day
    on which both agree: nothing is skipped, and no night is sold twice. Raises `DateBehind` on another one.
    """
    held = await lock_business_date(tx, hotel.omd_id, hotel.business_id)
    business = await find_hotel(tx, hotel)
    today = local_date(clock, business.time_zone)
    before = await find_settings(tx, hotel)
    await queries.put_settings(tx, hotel, wanted, held or today)
    if wanted.mode == "audit" and held is None:
        await set_business_date(tx, hotel.omd_id, hotel.business_id, today)
    elif wanted.mode == "clock" and before.mode == "audit":
        if held != today:
            raise DateBehind(
                f"The hotel works on {held}, and its clock says {today}. Close the dates up to it first; "
                "nothing was changed.",
                data={"business_date": held, "today": today},
            )
        await set_business_date(tx, hotel.omd_id, hotel.business_id, None)
    return wanted


async def find_hotel(tx: ReadTransaction, hotel: Hotel) -> Business:
    """Return a hotel; raise `NotFound`."""
    business = await get_business(tx, hotel.omd_id, hotel.business_id)
    if business is None:
        raise NotFound(f"There is no hotel {hotel.business_id}.")
    return business
