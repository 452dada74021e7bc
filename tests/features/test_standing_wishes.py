"""What a guest wishes of every room stands on the profile, and counts for each stay unless the stay says otherwise."""

import pytest

from support.assigning import give_features, propose, wish
from support.front_desk import Desk, Json, problem_of
from support.rights import widen_keys

FIRST, LAST = "2027-03-04", "2027-03-06"
BALCONY = {"kind": "feature", "value": "balcony", "importance": 3, "required": False}
STEP_FREE = {"kind": "feature", "value": "step_free", "importance": 1, "required": True}


async def stay_of(desk: Desk, *wishes: Json, room: str = "101") -> tuple[Json, Json]:
    """Book a stay whose first guest has a profile with these wishes; return it and the profile."""
    facts = {"last_name": "Pop", "room_wishes": list(wishes)}
    made = await desk.send("POST", f"/businesses/{desk.hotel.id}/guest-profiles", facts)
    assert made.status_code == 201, made.text
    guests = [{"last_name": "Pop", "profile_id": made.json()["id"]}]
    return await desk.booked("double", FIRST, LAST, room=room, guests=guests), made.json()


async def wishes_of(desk: Desk, stay: Json) -> Json:
    answer = await desk.send("GET", f"/reservations/{stay['id']}/room-wishes")
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


@pytest.fixture(autouse=True)
def _owners(monkeypatch: pytest.MonkeyPatch) -> None:
    widen_keys(monkeypatch)


async def test_a_plan_fulfils_what_the_profile_wishes_now(desk: Desk) -> None:
    await give_features(desk, r102="balcony", r103="quiet")
    stay, profile = await stay_of(desk, BALCONY)
    assert profile["room_wishes"] == [BALCONY]
    assert await wishes_of(desk, stay) == {"wishes": [], "of_profile": [BALCONY]}
    assert (await propose(desk))["stays"][0]["to_room"] == "102"

    quiet = {**BALCONY, "value": "quiet"}
    path = f"/businesses/{desk.hotel.id}/guest-profiles/{profile['id']}"
    changed = await desk.send("PUT", path, {"last_name": "Pop", "room_wishes": [quiet]})
    assert changed.json()["room_wishes"] == [quiet]
    assert (await propose(desk))["stays"][0]["to_room"] == "103", "a stay holds no copy of what was wished before"


async def test_what_is_said_of_the_stay_comes_first(desk: Desk) -> None:
    await give_features(desk, r102="balcony")
    floor = {"kind": "lowest_floor", "value": "3", "importance": 1, "required": False}
    stay, _ = await stay_of(desk, BALCONY, floor)
    without = {"kind": "without_feature", "value": "balcony", "importance": 2, "required": False}
    await wish(desk, stay, without)
    assert await wishes_of(desk, stay) == {"wishes": [without], "of_profile": [floor]}
    assert not (await propose(desk))["stays"][0]["moves"]


async def test_what_a_guest_always_needs_is_a_rule_for_every_stay(desk: Desk) -> None:
    await give_features(desk, r104="step_free")
    stay, _ = await stay_of(desk, STEP_FREE)
    answer = await desk.send("POST", f"/reservations/{stay['id']}/move", {"room_id": desk.hotel.rooms["102"]})
    broken = problem_of(answer, 409, "room_rules_broken")["data"]["broken"]
    assert [(each["rule"], each["said"]) for each in broken] == [
        ("feature_missing", "it has no step_free, which the stay needs")
    ]
    assert (await propose(desk))["stays"][0]["to_room"] == "104"


async def test_wishes_go_with_a_merged_profile_and_with_a_forgotten_one(desk: Desk) -> None:
    stay, profile = await stay_of(desk, BALCONY)
    path = f"/businesses/{desk.hotel.id}/guest-profiles"
    kept = (await desk.send("POST", path, {"last_name": "Pop"})).json()
    merged = await desk.send("POST", f"{path}/{kept['id']}/merge", {"other_profile_id": profile["id"]})
    assert merged.status_code == 200, merged.text
    assert merged.json()["room_wishes"] == [BALCONY]
    assert (await desk.send("GET", f"{path}/{profile['id']}")).json()["room_wishes"] == []
    assert (await wishes_of(desk, stay))["of_profile"] == [BALCONY]


@pytest.mark.parametrize(
    "wished",
    [
        {"kind": "floor", "value": "high"},
        {"kind": "floor", "value": "2", "required": True},
        {"kind": "room", "value": "7"},
        {"kind": "feature", "value": " "},
        {"kind": "feature", "value": "bath", "importance": 4},
    ],
)
async def test_a_wish_that_no_room_can_fulfil_is_refused(desk: Desk, wished: Json) -> None:
    body = {"last_name": "Pop", "room_wishes": [wished]}
    problem = problem_of(
        await desk.send("POST", f"/businesses/{desk.hotel.id}/guest-profiles", body), 422, "invalid_input"
    )
    assert all(each["pointer"].startswith("/room_wishes/0") for each in problem["problems"])
