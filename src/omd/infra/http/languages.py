"""In which languages somebody wants to read (RFC 9110, Accept-Language)."""

import re
from typing import Annotated

from litestar.params import HeaderParameter

AcceptLanguage = Annotated[
    str | None,
    HeaderParameter(name="Accept-Language", max_length=500, description="The languages of the policies' texts."),
]

_WANTED = re.compile(r"([a-z]{2,3}(?:-[a-z0-9]{2,8})*)(?:\s*;\s*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?", re.IGNORECASE)


def languages_wanted(header: str | None) -> list[str]:
    """Return the languages of an Accept-Language header, such as `ro` and `de-AT`, the most wanted first.

    What it does not want, `*` and whatever is not understood are left out.
    """
    wanted: list[tuple[float, str]] = []
    for part in (header or "").split(","):
        found = _WANTED.fullmatch(part.strip())
        if found is not None and (weight := float(found[2] or 1)) > 0:
            language, *rest = found[1].split("-")
            wanted.append((-weight, "-".join([language.lower(), *(each.upper() for each in rest)])))
    return [language for _, language in sorted(wanted, key=lambda each: each[0])]


def languages_of(language: str | None, accept_language: str | None) -> list[str]:
    """Return the languages for texts, the best first: that asked for, those of the header, English."""
    preferred = [] if language is None else [language]
    return [*preferred, *languages_wanted(accept_language), "en"]
