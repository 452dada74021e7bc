"""XML of strangers: parsed without entities, files or network, its values read with every problem named."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import TypeVar

from lxml import etree

from omd.kernel.errors import FieldProblem, InvalidInput

NAMESPACE = "{http://www.opentravel.org/OTA/2003/05}"
LARGEST_BYTES = 16 * 1024 * 1024
"""A complete set of the largest plans seen is below 100 kB; beyond this it is no rate plan."""

Element = etree._Element  # noqa: SLF001 - the library's own name of its type
T = TypeVar("T")

_DAYS = ("Mon", "Tue", "Weds", "Thur", "Fri", "Sat", "Sun")
_TRUTH = {"1": True, "true": True, "0": False, "false": False}
_AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,8})?", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)
_OFFSET = re.compile(r"P([0-9]{1,5})D", re.ASCII)


def parse_document(content: bytes) -> Element:
    """Return the root element, or raise `InvalidInput` for what is too large, not well-formed or has a DOCTYPE."""
    if len(content) > LARGEST_BYTES:
        raise InvalidInput(
            f"The document has {len(content)} bytes; at most {LARGEST_BYTES} are read. Send fewer rate plans at a time."
        )
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as broken:
        raise InvalidInput(f"The document is not well-formed XML: {broken}.") from broken
    if root.getroottree().docinfo.doctype:
        raise InvalidInput("The document has a DOCTYPE; nothing is read from such a document. Send it without.")
    return root


class Reading:
    """Reads elements and attributes, and keeps every problem it finds, each with the line it is on."""

    def __init__(self) -> None:
        self.problems: list[FieldProblem] = []

    def all(self, parent: Element, *path: str) -> Iterator[Element]:
        """Yield the elements at the end of the path below the parent, in order."""
        return parent.iterfind("/".join(f"{NAMESPACE}{name}" for name in path))

    def first(self, parent: Element, *path: str) -> Element | None:
        """Return the first element at the end of the path, or None."""
        return next(self.all(parent, *path), None)

    def problem(self, element: Element, name: str, said: str) -> None:
        """Note that something is wrong with an attribute of the element, or with the element itself where it is ''."""
        tag = etree.QName(element).localname
        at = f"{tag}/@{name}" if name else tag
        self.problems.append(FieldProblem(f"line {element.sourceline}: {at}", "invalid_value", said))

    def raise_problems(self, what: str) -> None:
        """Raise `InvalidInput` naming every problem, if there is any."""
        if self.problems:
            raise InvalidInput(f"{what} cannot be read; nothing was taken over.", problems=tuple(self.problems))

    def text(self, element: Element, name: str) -> str:
        """Return an attribute that must be there."""
        value = element.get(name, "")
        if not value:
            self.problem(element, name, f"{name} is missing.")
        return value

    def number(self, element: Element, name: str) -> int | None:
        """Return a whole number, None where the attribute is absent."""
        return self._read(element, name, _NUMBER, int, "a whole number")

    def amount(self, element: Element, name: str) -> Decimal | None:
        """Return an amount of zero or more, None where the attribute is absent."""
        return self._read(element, name, _AMOUNT, Decimal, "an amount such as 99.50")

    def days_ahead(self, element: Element, name: str) -> int | None:
        """Return the days of an offset such as P7D, None where the attribute is absent."""
        return self._read(element, name, _OFFSET, lambda text: int(text[1:-1]), "a number of days such as P7D")

    def day(self, element: Element, name: str) -> date | None:
        """Return a date, None where it is absent or no date."""
        value = self.text(element, name)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            self.problem(element, name, f"{value!r} is no date such as 2027-03-12.")
            return None

    def period(self, element: Element) -> tuple[date, date] | None:
        """Return Start and End, both included, or None where they are none."""
        start, end = self.day(element, "Start"), self.day(element, "End")
        if start is None or end is None:
            return None
        if end < start:
            self.problem(element, "End", f"The end {end} is before the start {start}.")
            return None
        return start, end

    def truth(self, element: Element, name: str, *, default: bool) -> bool:
        """Return a yes or no, the default where the attribute is absent."""
        value = element.get(name)
        if value is None:
            return default
        if value not in _TRUTH:
            self.problem(element, name, f"{value!r} is none of 0, 1, false and true.")
        return _TRUTH.get(value, default)

    def weekdays(self, element: Element | None) -> frozenset[int] | None:
        """Return the days of the week that are allowed, None where all are."""
        if element is None:
            return None
        chosen = frozenset(number for number, day in enumerate(_DAYS) if self.truth(element, day, default=True))
        return None if len(chosen) == len(_DAYS) else chosen

    def _read(
        self, element: Element, name: str, form: re.Pattern[str], read: Callable[[str], T], wanted: str
    ) -> T | None:
        value = element.get(name)
        if value is None:
            return None
        if not form.fullmatch(value):
            self.problem(element, name, f"{value!r} is not {wanted}.")
            return None
        return read(value)
