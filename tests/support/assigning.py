"""Plans of rooms through HTTP: wishes, features, proposals and what becomes of them."""

from collections.abc import Iterable

from support.front_desk import Desk, Json, rooms_of


async def give_features(desk: Desk, **rooms: str) -> None:
    """Give rooms a feature, by number, as an import would."""
    async with desk.connection.transaction():
        await desk.connection.execute(
            "select set_config('omd.omd_id', $1, true), set_config('omd.scope', 'system', true), "
            "set_config('omd.business_ids', $2, true)",
            str(desk.hotel.omd_id),
            f"{{{desk.hotel.id}}}",
        )
        for number, feature in rooms.items():
            await desk.connection.execute(
                "update individual_rooms set features = array[$1] where id = $2",
                feature,
                desk.hotel.rooms[number.removeprefix("r")],
            )


async def wish(desk: Desk, stay: Json, *wishes: Json) -> Json:
    answer = await desk.send("PUT", f"/reservations/{stay['id']}/room-wishes", {"wishes": list(wishes)})
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def propose(desk: Desk, **asked: object) -> Json:
    body = {"scope": "arrivals", "starts_on": "2027-03-04", **asked}
    answer = await desk.send("POST", f"/businesses/{desk.hotel.id}/assignment-plans", body)
    assert answer.status_code == 201, answer.text
    plan: Json = answer.json()
    return plan


async def take(desk: Desk, plan: Json, step: str) -> Json:
    answer = await desk.send("POST", f"/businesses/{desk.hotel.id}/assignment-plans/{plan['id']}/{step}")
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def rooms_now(desk: Desk, stays: Iterable[Json]) -> list[list[str | None]]:
    return [rooms_of(await desk.stay(stay["id"])) for stay in stays]
