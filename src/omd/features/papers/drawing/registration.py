"""Registration forms on paper: what is known is printed, what is not has room to be written in."""

from datetime import date, datetime

from omd.features.papers.registration.model import FormField, RegistrationForm, RegistrationForms
from omd.features.papers.texts import Speech
from omd.infra.paper import MARGIN, WIDTH, Sheet

_LABEL = 62.0
_ROW = 8.0
_SIZE = 10.0
_GAP = 6.0
_SIGNED = 80.0
_DATES = frozenset({"date_of_birth"})
_COUNTRIES = frozenset({"country", "citizenship", "document_country"})


def print_forms(forms: RegistrationForms, now: datetime, speech: Speech) -> bytes:
    """Return the forms of a stay as a document, each guest's on a page of its own."""
    words = speech.texts.registration
    sheet = Sheet(
        title=f"{words.title} {forms.code}",
        language=speech.language,
        made_at=now,
        foot=lambda page, pages: f"{forms.hotel} · {forms.code} · {speech.texts.page.format(page=page, pages=pages)}",
    )
    for place, form in enumerate(forms.forms):
        if place:
            sheet.turn_page()
        _draw(sheet, forms, form, speech)
    return sheet.finished()


def _draw(sheet: Sheet, forms: RegistrationForms, form: RegistrationForm, speech: Speech) -> None:
    words = speech.texts.registration
    y = sheet.put(MARGIN, MARGIN, WIDTH, forms.hotel, size=_SIZE, bold=True)
    y = sheet.put(MARGIN, y + _GAP / 2, WIDTH, words.title, size=16, bold=True)
    y = sheet.put(MARGIN, y, WIDTH, f"{words.number} {form.number}", size=_SIZE) + _GAP / 2
    sheet.rule(y, thickness=0.5)
    y += _GAP
    for asked in form.fields:
        y = _line(sheet, y, _label(asked, speech), _value(asked, speech))
    y = _line(sheet, y, words.arrival, speech.on(form.arrival))
    y = _line(sheet, y, words.departure, speech.on(form.departure))
    y = _line(sheet, y, words.room, ", ".join(forms.rooms))
    y = _line(sheet, y, words.purpose, "")
    y = sheet.put(MARGIN, y + _GAP, WIDTH, words.note, size=8)
    y += 3 * _GAP
    right = MARGIN + WIDTH - _SIGNED
    for x, said in ((MARGIN, words.guest_signature), (right, words.hotel_signature)):
        sheet.rule(y, start=x, length=_SIGNED)
        sheet.put(x, y + 1, _SIGNED, said, size=8)


def _label(asked: FormField, speech: Speech) -> str:
    return speech.texts.fields[asked.field] + (" *" if asked.required else "")


def _value(asked: FormField, speech: Speech) -> str:
    value = asked.value or ""
    if asked.field in _DATES and value:
        return speech.on(date.fromisoformat(value))
    if asked.field in _COUNTRIES:
        return speech.country(value)
    return speech.texts.document_types.get(value, value) if asked.field == "document_type" else value


def _line(sheet: Sheet, y: float, label: str, value: str) -> float:
    sheet.put(MARGIN, y + 2, _LABEL, label, size=9)
    below = sheet.put(MARGIN + _LABEL, y + 1.6, WIDTH - _LABEL, value, size=_SIZE, bold=True)
    below = max(below, y + _ROW - 1)
    sheet.rule(below, start=MARGIN + _LABEL, length=WIDTH - _LABEL, thickness=0.1)
    return below + 1
