"""The letters that people get, in their language."""

from omd.features.identity.people.model import Language, LinkPurpose
from omd.infra.mail import Letter

_PAGES: dict[LinkPurpose, str] = {"password_reset": "reset-password", "invitation": "invitation"}

_SUBJECTS: dict[tuple[LinkPurpose, Language], str] = {
    ("password_reset", "en"): "Choose a new password",
    ("password_reset", "ro"): "Alegeți o parolă nouă",
    ("invitation", "en"): "You are invited",
    ("invitation", "ro"): "Ați primit o invitație",
}

_TEXTS: dict[tuple[LinkPurpose, Language], str] = {
    ("password_reset", "en"): """\
Hello,

somebody, probably you, asked for a new password for {email}. Choose it here within 30 minutes; the link works once:

{link}

If it was not you, ignore this letter: your password stays as it is.
""",
    ("password_reset", "ro"): """\
Bună ziua,

cineva, probabil dumneavoastră, a cerut o parolă nouă pentru {email}. O puteți alege aici în următoarele 30 de minute;
legătura poate fi folosită o singură dată:

{link}

Dacă nu ați cerut-o dumneavoastră, ignorați acest mesaj: parola rămâne neschimbată.
""",
    ("invitation", "en"): """\
Hello,

you are invited to work with us. Choose your name and password here within 7 days; the link works once:

{link}

If you did not expect this, ignore this letter: nothing happens.
""",
    ("invitation", "ro"): """\
Bună ziua,

sunteți invitat(ă) să lucrați cu noi. Vă puteți alege numele și parola aici în următoarele 7 zile; legătura poate fi
folosită o singură dată:

{link}

Dacă nu așteptați acest mesaj, îl puteți ignora: nu se întâmplă nimic.
""",
}


def link_address(public_url: str, purpose: LinkPurpose, token: str) -> str:
    """Return where a link leads. The token stands behind the #, which browsers send to no server and no other site."""
    return f"{public_url}/{_PAGES[purpose]}#{token}"


def link_letter(purpose: LinkPurpose, *, email: str, language: Language, public_url: str, token: str) -> Letter:
    """Return the letter that carries a one-time link."""
    text = _TEXTS[purpose, language].format(email=email, link=link_address(public_url, purpose, token))
    return Letter(kind=purpose, to=email, subject=_SUBJECTS[purpose, language], text=text)
