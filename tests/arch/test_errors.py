"""Every refusal has one stable code, everything a caller needs, and its line in the documentation."""

from collections import Counter
from http import HTTPStatus
from pathlib import Path

from omd.entrypoints.errors_page import error_classes, render

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


def test_codes_are_unique() -> None:
    uses = Counter(each.code for each in error_classes())
    assert len(uses) > 20
    assert {code: count for code, count in uses.items() if count > 1} == {}


def test_every_error_is_whole() -> None:
    statuses = {status.value for status in HTTPStatus if status.value >= 400}
    broken = [
        each.__qualname__
        for each in error_classes()
        if not (
            each.code.replace("_", "").isalnum()
            and each.code == each.code.lower()
            and each.status in statuses
            and each.title.strip()
            and not each.title.endswith(".")
            and "__doc__" in vars(each)
            and (each.__doc__ or "").strip()
        )
    ]
    assert broken == []


def test_the_page_of_errors_is_what_the_code_says() -> None:
    """To bring it up to date: `python -m omd.entrypoints.errors_page > docs/errors.md`."""
    assert PAGE.read_text(encoding="utf-8") == render()
