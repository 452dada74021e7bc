"""Paper by itself: words of every language, documents one at a time."""

import asyncio
import threading
from importlib.resources import files
from string import Formatter
from typing import get_args

import msgspec
import pytest

from omd.features.folios import FolioChargeKind
from omd.features.papers.registration.model import FIELDS
from omd.features.papers.texts import LANGUAGES, Texts, chosen, speech
from omd.features.reservations import DocumentType
from omd.infra.paper import Press, PressBusy


def _flat(words: object, path: str = "") -> dict[str, str]:
    if isinstance(words, str):
        return {path: words}
    parts = msgspec.to_builtins(words)
    return {name: text for key, each in parts.items() for name, text in _flat(each, f"{path}.{key}").items()}


def _blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_language_has_every_word_and_the_same_blanks() -> None:
    told = {each: _flat(speech(each).texts) for each in LANGUAGES}
    assert len(told["ro"]) > 40
    for language, words in told.items():
        assert words.keys() == told["ro"].keys(), language
        assert all(text.strip() for text in words.values()), language
        assert {name: _blanks(text) for name, text in words.items()} == {
            name: _blanks(text) for name, text in told["ro"].items()
        }
        assert set(speech(language).texts.charge_kinds) == set(get_args(FolioChargeKind))
        assert set(speech(language).texts.fields) == set(FIELDS)
        assert set(speech(language).texts.document_types) == set(get_args(DocumentType))
    assert told["ro"] != told["en"]
    assert not set("şţŞŢ") & set("".join(told["ro"].values())), "Romanian has commas below, no cedillas"


@pytest.mark.parametrize("change", ["", 'surprise = "x"\n'])
def test_twin_a_file_that_lacks_a_word_or_has_one_too_many_is_refused(change: str) -> None:
    whole = files("omd.features.papers.texts").joinpath("ro.toml").read_text(encoding="utf-8")
    spoilt = change + whole if change else whole.replace('carried = "De reportat"\n', "")
    with pytest.raises(msgspec.ValidationError):
        msgspec.toml.decode(spoilt, type=Texts)


def test_a_language_is_chosen_by_wish_then_by_country() -> None:
    assert chosen("en", ["ro"], "RO") == "en"
    assert chosen(None, ["de-AT", "ro-MD", "en"], "DE") == "ro"
    assert chosen(None, ["de"], "RO") == "ro"
    assert chosen(None, [], "DE") == "en"
    assert chosen(None, [], None) == "en"


async def test_documents_are_made_one_at_a_time_and_who_comes_too_late_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omd.infra.paper.press.MOST_WAITING", 3)
    press, let_go = Press(), threading.Event()
    running: list[int] = []
    most = 0

    def make(number: int) -> bytes:
        nonlocal most
        running.append(number)
        most = max(most, len(running))
        let_go.wait()
        running.remove(number)
        return b"%d" % number

    tasks = [asyncio.create_task(press.print(lambda number=each: make(number))) for each in range(3)]  # type: ignore[misc]
    await asyncio.sleep(0)
    with pytest.raises(PressBusy):
        await press.print(lambda: make(9))
    let_go.set()
    assert await asyncio.gather(*tasks) == [b"0", b"1", b"2"]
    assert most == 1
    assert await press.print(lambda: make(4)) == b"4"
