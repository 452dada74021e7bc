"""The demo's access tokens, kept in the home folder so that every run prints the same ones."""

import os
from datetime import datetime
from pathlib import Path

import msgspec

from omd.db import Database
from omd.features.identity import create_token, resolve_token, system_actor
from omd.features.inventory import Business, list_room_types
from omd.kernel.ids import BusinessId, OmdId, RoomTypeId

FILE_NAME = "demo-tokens.json"


class DemoTokens(msgspec.Struct, frozen=True):
    """The way in to one hotel of the demo and to its destination."""

    omd_id: OmdId
    omd_name: str
    omd_token: str
    business_id: BusinessId
    business_name: str
    business_token: str
    room_type_id: RoomTypeId


async def keep_tokens(
    home: Path, *, app: Database, maintenance: Database, omd_name: str, hotel: Business, now: datetime
) -> DemoTokens:
    """Return the tokens of an earlier run if they still open this hotel, else make new ones and keep them."""
    path = home / FILE_NAME
    kept = _read(path)
    if kept is not None and await _still_open(app, kept, hotel, now):
        return kept
    actor = await system_actor(maintenance, hotel.omd_id, label="demo")
    async with maintenance.transaction(actor) as tx:
        for_omd = await create_token(tx, omd_id=hotel.omd_id, business_id=None, name="demo: destination")
        for_hotel = await create_token(tx, omd_id=hotel.omd_id, business_id=hotel.id, name="demo: hotel")
        room_types = await list_room_types(tx, hotel.omd_id, hotel.id)
    made = DemoTokens(
        omd_id=hotel.omd_id,
        omd_name=omd_name,
        omd_token=for_omd.token,
        business_id=hotel.id,
        business_name=hotel.name,
        business_token=for_hotel.token,
        room_type_id=room_types[0].id,
    )
    _write(path, made)
    return made


async def _still_open(app: Database, kept: DemoTokens, hotel: Business, now: datetime) -> bool:
    if (kept.omd_id, kept.business_id) != (hotel.omd_id, hotel.id):
        return False
    for_omd = await resolve_token(app, kept.omd_token, now=now)
    for_hotel = await resolve_token(app, kept.business_token, now=now)
    return (
        for_omd is not None
        and (for_omd.omd_id, for_omd.grants[0].business_id) == (hotel.omd_id, None)
        and for_hotel is not None
        and for_hotel.grants[0].business_id == hotel.id
    )


def _read(path: Path) -> DemoTokens | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=DemoTokens)
    except (FileNotFoundError, msgspec.DecodeError):
        # A file that a killed run left half written opens nothing: new tokens take its place.
        return None


def _write(path: Path, tokens: DemoTokens) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(tokens)) + b"\n")
    fresh.replace(path)
