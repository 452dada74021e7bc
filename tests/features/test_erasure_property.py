"""Whatever was typed about a guest, however often it was changed: after an erasure no dump holds any of it."""

import random
from datetime import date, timedelta

import pytest

from omd.kernel.clock import FixedClock
from support.dumps import dumped, found_in
from support.front_desk import Desk, Json
from support.rights import widen_keys
from support.servers import Servers
from support.worlds import NOW, TODAY

LETTERS = "abcdefghijklmnopqrstuvwxyzăâîșțéßøжд中"
ENDINGS = ("check-out", "cancel", "no-show")
DAY = timedelta(days=1)


class Typist:
    """Types texts that occur nowhere else, and remembers them."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.typed: list[str] = []
        self.email = f"{self._word(LETTERS[:26])}@example.com"

    def _word(self, letters: str = LETTERS) -> str:
        word = "".join(self.dice.choice(letters) for _ in range(14))
        self.typed.append(word)
        return word

    def guest(self) -> Json:
        """Return the guest, spelled anew each time but for the e-mail address."""
        guest: Json = {"last_name": self._word(), "email": self.email, "country": "RO"}
        for field in ("first_name", "phone"):
            if self.dice.random() < 0.7:
                guest[field] = self._word()
        if self.dice.random() < 0.5:
            number = self._word("0123456789ABCDEFGH")
            guest |= {"document_type": "passport", "document_number": number, "document_country": "MD"}
        return guest

    def words(self) -> Json:
        """Return some of the words that a stay may carry."""
        fields = [name for name in ("note", "external_reference") if self.dice.random() < 0.7]
        return {name: self._word() for name in fields}

    def companion(self) -> Json:
        """Return somebody else, who stays."""
        return {"last_name": "Companion", "email": "companion@example.com"}


async def live(desk: Desk, typist: Typist, number: int) -> str:
    """Let the guest book, change things a few times, and end the stay; return its id."""
    dice = typist.dice
    guests = [typist.guest()] + [typist.companion()] * dice.randint(0, 1)
    departure = date.fromordinal(TODAY.toordinal() + dice.randint(1, 3))
    body = desk.body("double", str(TODAY), str(departure), guests=guests, **typist.words())
    path = f"/businesses/{desk.hotel.id}/reservations"
    booked = await desk.send("POST", path, body, Idempotency_Key=f"book-{number}")
    assert booked.status_code == 201, booked.text
    stay: str = booked.json()["id"]
    for turn in range(dice.randint(0, 3)):
        change = {"guests": [typist.guest(), *guests[1:]], **typist.words()}
        changed = await desk.send("PATCH", f"/reservations/{stay}", change, Idempotency_Key=f"change-{number}-{turn}")
        assert changed.status_code == 200, changed.text
    ending = dice.choice(ENDINGS)
    if ending == "check-out":
        await desk.stepped(stay, "check-in")
    reason = {"reason": typist.words().get("note", "x")} if ending == "cancel" else None
    ended = await desk.send("POST", f"/reservations/{stay}/{ending}", reason, Idempotency_Key=f"end-{number}")
    assert ended.status_code == 200, ended.text
    return stay


@pytest.mark.parametrize("seed", range(5))
async def test_nothing_that_was_typed_is_left(
    desk: Desk,
    servers: Servers,
    database_name: str,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    widen_keys(monkeypatch)
    typist = Typist(seed)
    stays = [await live(desk, typist, number) for number in range(typist.dice.randint(1, 4))]
    assert len(found_in(dumped(servers, database_name), typist.typed)) >= 3
    money = await desk.connection.fetch("select id, arrival, departure, amount, adults, status from reservations")
    clock.set(NOW + 6 * DAY)
    done = await desk.send("POST", f"/businesses/{desk.hotel.id}/guests/erase", {"email": typist.email.upper()})
    assert done.status_code == 200, done.text
    assert sorted(done.json()["reservations"]) == sorted(stays)
    assert found_in(dumped(servers, database_name), typist.typed) == []
    kept = await desk.connection.fetch("select id, arrival, departure, amount, adults, status from reservations")
    assert sorted(map(tuple, kept)) == sorted(map(tuple, money))
