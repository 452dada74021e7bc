"""Hotels in whose every room a guest sleeps who pays by the night, on a business date that is over."""

from datetime import date, timedelta
from pathlib import Path

from bench.home import Home

_FILL = Path(__file__).with_suffix(".sql")
_NIGHTS = timedelta(days=2)


def fill_houses(home: Home, business_ids: tuple[int, ...], business_date: date) -> int:
    """Put a guest into every free room of hotels for two nights, and let their date be closed; return how many."""
    hotels = ", ".join(str(each) for each in business_ids)
    given = f"\\set hotels '{hotels}'\n\\set first '{business_date}'\n\\set last '{business_date + _NIGHTS}'\n"
    # 20,000 stays through the API take minutes of what is not measured.
    home.sql(given + _FILL.read_text(encoding="utf-8"))
    return int(home.sql(f"select count(*) from reservations where business_id in ({hotels}) and status = 'in_house'"))  # noqa: S608 - numbers of ours


def by_the_clock(home: Home) -> None:
    """Let every hotel go by the clock again."""
    home.sql("update businesses set business_date = null where business_date is not null")
