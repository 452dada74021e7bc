"""One record's cells, read as codes, names, whole numbers; every refusal goes into the log."""

import functools
import re
import zoneinfo
from difflib import get_close_matches

from omd.features.inventory.files.records import Record
from omd.kernel.money import why_not_kept
from omd.kernel.table_files import ProblemLog, quoted

MAX_NAME_LENGTH = 200
MAX_FEATURE_LENGTH = 40
MAX_PERSONS = 500

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")
_FEATURE_SEPARATORS = re.compile(r"\s*[,;|]\s*")


def is_code(text: str) -> bool:
    """Say whether the text can be the code of an omd, a hotel or a room type."""
    return _CODE.fullmatch(text) is not None


class Cells:
    """Reads the cells of one record; a cell that is missing or wrong is noted once and read as empty."""

    def __init__(self, record: Record, log: ProblemLog) -> None:
        self.source = record.source
        self._cells = record.cells
        self._log = log

    def problem(self, column: str, reason: str) -> None:
        """Note that a cell of this record is wrong."""
        self._log.add_at(self.source, column, reason)

    def name(self) -> str:
        """Return the name, at most `MAX_NAME_LENGTH` characters."""
        text = self._cells.get("name", "")
        if len(text) > MAX_NAME_LENGTH:
            self.problem("name", f"a name has at most {MAX_NAME_LENGTH} characters; this one has {len(text)}")
        return text

    def code(self, column: str) -> str:
        """Return the code in `column`, empty when it is not one."""
        text = self._cells.get(column, "")
        if not text or is_code(text):
            return text
        self.problem(
            column,
            f"{quoted(text)} is not a code: use 1 to 40 letters without accents, digits and . _ / -,"
            " beginning with a letter or digit",
        )
        return ""

    def time_zone(self) -> str:
        """Return the IANA time zone."""
        text = self._cells.get("time_zone", "")
        zones = _time_zones()
        if text and text not in zones:
            near = get_close_matches(text, zones, n=1)
            hint = f"did you mean {near[0]}?" if near else "write it like Europe/Bucharest"
            self.problem("time_zone", f"{quoted(text)} is not an IANA time zone; {hint}")
        return text

    def currency(self) -> str:
        """Return the ISO 4217 currency code."""
        text = self._cells.get("currency", "")
        if text and not _CURRENCY.fullmatch(text):
            self.problem("currency", f"{quoted(text)} is not an ISO 4217 currency code: write it like RON")
        elif unkept := why_not_kept(text):
            self.problem("currency", unkept)
        return text

    def integer(self, column: str, low: int, high: int) -> int | None:
        """Return the whole number between `low` and `high`, None for an empty or wrong cell."""
        text = self._cells.get(column)
        if text is None:
            return None
        if not _INTEGER.fullmatch(text):
            self.problem(column, f"{quoted(text)} is not a whole number of at most 9 digits")
            return None
        number = int(text)
        if not low <= number <= high:
            self.problem(column, f"{number} is out of range: it must be between {low} and {high}")
            return None
        return number

    def features(self) -> tuple[str, ...]:
        """Return the features, in order, each once."""
        found = filter(None, _FEATURE_SEPARATORS.split(self._cells.get("features", "")))
        features = tuple(dict.fromkeys(found))
        for feature in features:
            if len(feature) > MAX_FEATURE_LENGTH:
                self.problem(
                    "features",
                    f"the feature {quoted(feature)} is longer than {MAX_FEATURE_LENGTH} characters",
                )
        return features

    def numbers(self) -> str:
        """Return the cell that names the rooms of this row."""
        return self._cells.get("numbers", "")


@functools.cache
def _time_zones() -> frozenset[str]:
    """Return the zones of the IANA database named Area/Location, and UTC; no machine-made aliases."""
    return frozenset(zone for zone in zoneinfo.available_timezones() if "/" in zone or zone == "UTC")
