"""Languages are read from a header as RFC 9110 weighs them; what is no language is passed over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omd.infra.http import languages_wanted


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        (None, []),
        ("", []),
        ("ro", ["ro"]),
        ("ro-RO, en;q=0.5, de-at;q=0.8", ["ro-RO", "de-AT", "en"]),
        ("EN;q=0.7, fr ; q=0.7", ["en", "fr"]),
        ("*, hu;q=0", []),
        ("de;q=1.5, it;q=x, -, ;;, pt", ["pt"]),
    ],
)
def test_the_most_wanted_comes_first(header: str | None, languages: list[str]) -> None:
    assert languages_wanted(header) == languages


@given(st.text())
def test_any_header_is_read(header: str) -> None:
    assert all(each and "\x00" not in each for each in languages_wanted(header))
