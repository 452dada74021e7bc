"""Photos of tickets through HTTP: added once, drawn anew, shown to the hotel's own staff as pictures alone."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from omd.db import Database
from omd.features.maintenance import purge_all_photos, purge_photos
from omd.features.maintenance.http.photos import MAX_PHOTO_BYTES
from support.front_desk import Desk, Json, problem_of
from support.matrix.requests import small_picture
from support.persons import Persons
from support.racing import held_up, until_waiting
from support.tickets import Workshop
from support.worlds import NOW, Connection

HTML = b"<html><script>alert(1)</script></html>"


class Album:
    """The photos of one ticket."""

    def __init__(self, shop: Workshop, ticket: Json) -> None:
        self.shop = shop
        self.ticket = ticket
        self.path = f"/api/v1{shop.path}/{ticket['id']}/photos"

    async def send(
        self, content: bytes | AsyncIterator[bytes], photo_id: str | None = None, *, kind: str = "image/jpeg"
    ) -> httpx.Response:
        """Send a photo as the housekeeper."""
        headers = {**await self.shop.come_in("housekeeper"), "Content-Type": kind}
        path = f"{self.path}?id={photo_id or uuid4()}"
        return await self.shop.desk.client.post(path, content=content, headers=headers)

    async def sent(self, content: bytes, photo_id: str | None = None) -> Json:
        """Send a photo; it must be taken."""
        answer = await self.send(content, photo_id)
        assert answer.status_code == 201, answer.text
        told: Json = answer.json()
        return told

    async def listed(self) -> list[Json]:
        """List the photos."""
        answer = await self.shop.send("GET", self.path.removeprefix("/api/v1"))
        assert answer.status_code == 200, answer.text
        told: list[Json] = answer.json()
        return told

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask for a photo, or its thumbnail."""
        return await self.shop.send("GET", f"{self.path.removeprefix('/api/v1')}/{path}", **headers)


@pytest.fixture
async def album(desk: Desk, persons: Persons) -> Album:
    """A ticket of `grand` without photos."""
    shop = await Workshop.at(desk, persons)
    return Album(shop, await shop.reported())


async def test_a_photo_is_added_and_shown_as_a_picture(album: Album) -> None:
    photo = await album.sent(small_picture())
    assert (photo["width"], photo["height"]) == (8, 8)
    assert await album.listed() == [photo]
    for path in (photo["id"], f"{photo['id']}/thumbnail"):
        shown = await album.get(path)
        assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/jpeg")
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in shown.headers["Content-Security-Policy"]
        assert shown.headers["Content-Disposition"].startswith("inline; filename=")
        assert Image.open(io.BytesIO(shown.content)).size == (8, 8)
        again = await album.get(path, If_None_Match=shown.headers["ETag"])
        assert (again.status_code, again.content) == (304, b"")
    assert (await album.shop.read(album.ticket))["step"] == "photographed"


async def test_a_photo_that_is_sent_again_is_there_once(album: Album) -> None:
    photo_id, picture = str(uuid4()), small_picture()
    first = await album.sent(picture, photo_id)
    assert await album.sent(picture, photo_id) == first
    problem_of(await album.send(small_picture("blue"), photo_id), 409, "photo_id_taken")
    other = Album(album.shop, await album.shop.reported())
    problem_of(await other.send(picture, photo_id), 409, "photo_id_taken")
    assert (await album.shop.read(album.ticket))["version"] == 2


async def test_two_sendings_at_once_are_one_photo(album: Album, owner_connection: Connection) -> None:
    photo_id, picture = str(uuid4()), small_picture()
    headers = {**await album.shop.come_in("housekeeper"), "Content-Type": "image/jpeg"}
    lock = "select from maintenance_tickets where id = $1::text::uuid for update"
    async with held_up(owner_connection, lock, album.ticket["id"]):
        sending = [
            asyncio.create_task(
                album.shop.desk.client.post(f"{album.path}?id={photo_id}", content=picture, headers=headers)
            )
            for _ in range(2)
        ]
        await until_waiting(owner_connection, 2)
    assert [(await each).status_code for each in sending] == [201, 201]
    assert [each["id"] for each in await album.listed()] == [photo_id]


async def test_fifty_megabytes_are_refused_before_they_are_read(album: Album) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(50):
            read += 1_000_000
            yield b"\xff" * 1_000_000

    assert MAX_PHOTO_BYTES == 10_000_000
    headers = {**await album.shop.come_in("housekeeper"), "Content-Type": "image/jpeg", "Content-Length": "50000000"}
    answer = await album.shop.desk.client.post(album.path, content=endless(), headers=headers)
    problem_of(answer, 413, "body_too_large")
    assert read == 0
    unsaid = await album.send(endless())
    problem_of(unsaid, 413, "body_too_large")
    assert read <= MAX_PHOTO_BYTES + 1_000_000
    assert await album.listed() == []


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html", "application/octet-stream", "image/gif", ""])
async def test_what_says_that_it_is_no_photo_is_refused(album: Album, kind: str) -> None:
    problem_of(await album.send(small_picture(), kind=kind), 415, "unsupported_media_type")


@pytest.mark.parametrize("content", [b"", HTML, b"<svg><script>alert(1)</script></svg>", small_picture()[:100]])
async def test_what_is_no_picture_is_refused_and_nothing_is_kept(album: Album, content: bytes) -> None:
    problem_of(await album.send(content), 422, "picture_unreadable")
    assert await album.listed() == []
    assert (await album.shop.read(album.ticket))["version"] == 1


async def test_a_script_at_the_end_of_a_picture_is_not_served(album: Album, owner_connection: Connection) -> None:
    photo = await album.sent(small_picture() + HTML)
    assert b"script" not in (await album.get(photo["id"])).content
    (kept,) = await owner_connection.fetch("select image, thumbnail, sent_digest from maintenance_ticket_photos")
    assert b"script" not in kept["image"] + kept["thumbnail"]
    assert kept["sent_digest"] == hashlib.sha256(small_picture() + HTML).digest()


async def test_a_ticket_has_twelve_photos_at_most(album: Album) -> None:
    for number in range(12):
        await album.sent(small_picture(f"#{number:02d}0000"))
    problem_of(await album.send(small_picture("blue")), 409, "too_many_photos")
    gone = (await album.listed())[0]["id"]
    path = f"{album.path.removeprefix('/api/v1')}/{gone}"
    problem_of(await album.shop.send("DELETE", path, by="housekeeper"), 403, "not_allowed")
    assert (await album.shop.send("DELETE", path)).status_code == 204
    problem_of(await album.get(gone), 404, "not_found")
    problem_of(await album.shop.send("DELETE", path), 404, "not_found")
    await album.sent(small_picture("blue"))


async def test_a_closed_ticket_takes_no_photo(album: Album) -> None:
    await album.shop.stepped(album.ticket, "cancel", {"note": "x"}, by="manager")
    problem_of(await album.send(small_picture()), 409, "ticket_action_refused")


async def test_nobody_elses_photo_is_there(album: Album) -> None:
    desk, photo = album.shop.desk, await album.sent(small_picture())
    theirs = f"/businesses/{desk.world.harbour.id}/tickets/{album.ticket['id']}/photos"
    for path in (theirs, f"{theirs}/{photo['id']}", f"{theirs}/{photo['id']}/thumbnail"):
        problem_of(await desk.send("GET", path, party="harbour"), 404, "not_found")
    ours = f"{album.path.removeprefix('/api/v1')}/{photo['id']}"
    problem_of(await desk.send("GET", ours, party="harbour"), 404, "not_found")
    problem_of(await desk.send("GET", ours, party="alpha"), 403, "not_allowed")
    other = await album.shop.reported()
    problem_of(await Album(album.shop, other).get(photo["id"]), 404, "not_found")


async def test_photos_of_tickets_long_closed_go(
    album: Album, maintenance_db: Database, owner_connection: Connection
) -> None:
    await album.sent(small_picture())
    kept = Album(album.shop, await album.shop.reported())
    await kept.sent(small_picture())
    await album.shop.stepped(album.ticket, "cancel", {"note": "x"}, by="manager")
    alpha = album.shop.desk.world.alpha
    assert await purge_photos(maintenance_db, alpha.id, now=NOW + timedelta(days=365)) == 0
    assert await purge_photos(maintenance_db, alpha.id, now=NOW + timedelta(days=366)) == 1
    assert (await album.listed(), len(await kept.listed())) == ([], 1)
    await album.shop.stepped(kept.ticket, "cancel", {"note": "x"}, by="manager")
    await owner_connection.execute(
        "insert into retention_rules (omd_id, business_id, what, keep_days, set_at, set_by) "
        "values ($1, $2, 'ticket_photos', 9, now(), 'test')",
        *(alpha.id, album.shop.desk.hotel.id),
    )
    assert await purge_photos(maintenance_db, alpha.id, now=NOW + timedelta(days=8)) == 0
    assert await purge_all_photos(maintenance_db, now=NOW + timedelta(days=10)) == 1
