"""Passwords: which are taken, and how they are kept and checked."""

import unicodedata
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from omd.features.identity.people.errors import SignInBusy
from omd.infra.beside_loop import BesideLoop
from omd.kernel.errors import FieldProblem, InvalidInput

SHORTEST, LONGEST = 12, 200
_FEWEST_LETTERS = 5
"""A password of fewer different letters is a pattern."""

AT_ONCE = 2
"""Hashes made at the same time by one process: each takes a core and 19 MiB."""

MOST_WAITING = 100
"""More people waiting than this would wait longer than they do: they are told to come again."""

_BUSY_SECONDS = 5

# OWASP's least for argon2id is 19 MiB and two passes; three take about 70 ms of one of two cores.
_HASHER = PasswordHasher(time_cost=3, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)

_GUESSED = frozenset(
    files("omd.features.identity.people").joinpath("guessed_passwords.txt").read_text(encoding="utf-8").split()
)
"""What is tried first, of 12 characters and more, in small letters."""


def normal_password(text: str) -> str:
    """Return a password in the one spelling in which it is hashed (NFKC): keyboards spell the same letter variously."""
    return unicodedata.normalize("NFKC", text)


def require_good_password(text: str, email: str, pointer: str = "/password") -> str:
    """Return the password in its normal spelling; raise `InvalidInput` when it is short, long or easily guessed."""
    password = normal_password(text)
    folded = password.casefold()
    said = ""
    if not SHORTEST <= len(password) <= LONGEST:
        said = f"A password has {SHORTEST} to {LONGEST} characters; a few words are easy to keep in mind."
    elif folded in {email.casefold(), email.casefold().partition("@")[0]}:
        said = "A password is not the e-mail address."
    elif folded in _GUESSED or len(set(folded)) < _FEWEST_LETTERS:
        said = "This password is among the first that anybody would try. Choose another, such as a few words."
    if said:
        raise InvalidInput(said, problems=(FieldProblem(pointer, "password_refused", said),))
    return password


class Passwords:
    """Hashes and checks passwords beside the event loop, a few at a time."""

    def __init__(self) -> None:
        self._beside = BesideLoop(at_once=AT_ONCE, busy=_busy)
        self._nobodys = _hash_of_nobody()

    async def hash(self, password: str) -> str:
        """Return the argon2id hash of a password in its normal spelling; raise `SignInBusy` when too many wait."""
        return await self._beside.run(lambda: _HASHER.hash(password), most_waiting=MOST_WAITING)

    async def is_right(self, password_hash: str | None, password: str) -> bool:
        """Say whether the password has this hash; None, which nothing has, takes as long."""
        return await self._beside.run(
            lambda: _matches(password_hash or self._nobodys, password) and password_hash is not None,
            most_waiting=MOST_WAITING,
        )

    @staticmethod
    def is_outdated(password_hash: str) -> bool:
        """Say whether a hash was made with other costs than today's."""
        return _HASHER.check_needs_rehash(password_hash)


def _busy() -> SignInBusy:
    return SignInBusy("Too many are signing in just now. Try again shortly.", retry_after=_BUSY_SECONDS)


@cache
def _hash_of_nobody() -> str:
    return _HASHER.hash("a password that nobody has")


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
