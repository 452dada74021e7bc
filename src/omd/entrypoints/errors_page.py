"""Write the page of every refusal the product can give: `python -m omd.entrypoints.errors_page > docs/errors.md`."""

import importlib
import pkgutil
import sys
from collections.abc import Iterator

import omd
from omd.kernel.errors import OmdError

_HEAD = """\
# Errors

Every refusal carries a stable `code`. Over HTTP it is a problem document (RFC 9457): `code`, `status`, `title`, a
`detail` that says what happened, to which thing and what to do next, and every wrong field at once in `problems`, each
with its JSON pointer. On the command line it is the same sentence and exit code 1. The status is the one over HTTP.

This page is made from the code: `python -m omd.entrypoints.errors_page > docs/errors.md`.

| Code | Status | Title | When |
|---|---|---|---|
"""


def error_classes() -> list[type[OmdError]]:
    """Return every class of the product that states a code of its own, by code, after importing all of it."""
    for module in pkgutil.walk_packages(omd.__path__, "omd."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    own = {each for each in _subclasses(OmdError) if "code" in vars(each) and each.__module__.startswith("omd.")}
    return sorted(own, key=lambda each: (each.code, each.__module__))


def _subclasses(parent: type[OmdError]) -> Iterator[type[OmdError]]:
    for child in parent.__subclasses__():
        yield child
        yield from _subclasses(child)


def render() -> str:
    """Return the page as Markdown."""
    rows = []
    for each in error_classes():
        sentence = (each.__doc__ or "").strip().split("\n\n")[0]
        when = " ".join(sentence.split()).replace("|", "\\|")
        rows.append(f"| `{each.code}` | {each.status} | {each.title} | {when} |\n")
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    sys.stdout.write(render())
