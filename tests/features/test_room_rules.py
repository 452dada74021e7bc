"""A room against the rules is given by nobody unless each rule is overridden by name, and never one that is taken."""

import msgspec
import pytest

from support.assigning import give_features, wish
from support.front_desk import Desk, Json, contents, problem_of, rooms_of
from support.rights import widen_keys

TODAY, LATER, LAST = "2027-03-01", "2027-03-04", "2027-03-06"
WHY = {"override_reason": "they asked for it"}


async def needs(desk: Desk, stay: Json, **features: str) -> None:
    """Say which features the room of a stay must have, and which it must not, by the kind of the wish."""
    await wish(desk, stay, *({"kind": kind, "value": value, "required": True} for kind, value in features.items()))


async def ask_to_move(desk: Desk, stay: Json, room: str) -> Json:
    """Ask for a plain move into a room against the rules; return which it breaks."""
    before = await contents(desk.connection)
    answer = await desk.send("POST", f"/reservations/{stay['id']}/move", {"room_id": desk.hotel.rooms[room]})
    problem = problem_of(answer, 409, "room_rules_broken")
    assert await contents(desk.connection) == before
    return {each["rule"]: each["said"] for each in problem["data"]["broken"]}


async def overridden(desk: Desk, stay: Json, room: str, *rules: str, **more: object) -> Json:
    body = {"room_id": desk.hotel.rooms[room], "overrides": list(rules), **WHY, **more}
    answer = await desk.send("POST", f"/reservations/{stay['id']}/move-against-rules", body)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def last_event(desk: Desk, stay: Json) -> Json:
    data = await desk.connection.fetchval(
        "select data::text from events where aggregate_id = $1 order by seq desc limit 1", stay["id"]
    )
    told: Json = msgspec.json.decode(data)
    return told


async def set_condition(desk: Desk, room: str, condition: str) -> None:
    path = f"/businesses/{desk.hotel.id}/rooms/{desk.hotel.rooms[room]}/condition"
    answer = await desk.send("PUT", path, {"condition": condition})
    assert answer.status_code == 200, answer.text


async def see(desk: Desk, room: str, occupancy: str) -> None:
    path = f"/businesses/{desk.hotel.id}/rooms/{desk.hotel.rooms[room]}/seen"
    answer = await desk.send("PUT", path, {"occupancy": occupancy})
    assert answer.status_code == 200, answer.text


async def ask_for_clean_rooms(desk: Desk) -> None:
    path = f"/businesses/{desk.hotel.id}/housekeeping-settings"
    answer = await desk.send("PUT", path, {"check_in_needs": "clean"})
    assert answer.status_code == 200, answer.text


@pytest.fixture(autouse=True)
def _may_override(monkeypatch: pytest.MonkeyPatch) -> None:
    widen_keys(monkeypatch)


async def test_every_broken_rule_is_named_at_once_and_all_of_them_have_to_be_overridden(desk: Desk) -> None:
    stay = await desk.booked("double", LATER, LAST, room="101")
    await give_features(desk, r102="smoking")
    await needs(desk, stay, feature="step_free", without_feature="smoking")
    await desk.maintained("102", LATER, "2027-03-05", kind="out_of_service")

    broken = await ask_to_move(desk, stay, "102")
    assert broken == {
        "feature_missing": "it has no step_free, which the stay needs",
        "feature_unwanted": "it has smoking, which the stay must not have",
        "out_of_service": f"it is out of service from {LATER} to 2027-03-05 (a burst pipe)",
    }
    body = {"room_id": desk.hotel.rooms["102"], "overrides": ["out_of_service", "feature_missing"], **WHY}
    some = await desk.send("POST", f"/reservations/{stay['id']}/move-against-rules", body)
    refused = problem_of(some, 409, "room_rules_broken")
    assert refused["data"]["not_overridden"] == ["feature_unwanted"]
    assert {each["rule"] for each in refused["data"]["broken"]} == set(broken)

    moved = await overridden(desk, stay, "102", *broken)
    assert rooms_of(moved) == ["102"] * 2
    told = await last_event(desk, stay)
    assert (told["overrides"], told["override_reason"]) == (sorted(broken), WHY["override_reason"])


async def test_a_room_by_amending_is_held_against_the_same_rules(desk: Desk) -> None:
    stay = await desk.booked("double", LATER, LAST, room="101")
    await needs(desk, stay, feature="step_free")
    answer = await desk.amend(stay["id"], room_id=desk.hotel.rooms["102"])
    assert "step_free" in problem_of(answer, 409, "room_rules_broken")["detail"]
    same = await desk.amended(stay["id"], room_id=desk.hotel.rooms["101"], note="late")
    assert rooms_of(same) == ["101"] * 2, "where it is it stays"


async def test_a_dirty_room_is_refused_on_the_day_of_arrival_where_the_hotel_asks(desk: Desk) -> None:
    now, later = await desk.booked("double", TODAY, LATER, room="101"), await desk.booked("double", LATER, LAST)
    moved = await desk.stepped(now["id"], "move", {"room_id": desk.hotel.rooms["102"]})
    assert rooms_of(moved)[0] == "102", "this hotel asks nothing"
    await ask_for_clean_rooms(desk)

    assert await ask_to_move(desk, now, "103") == {"not_ready": "it is dirty"}
    assert rooms_of(await desk.stepped(later["id"], "move", {"room_id": desk.hotel.rooms["103"]}))[0] == "103"
    assert rooms_of(await overridden(desk, now, "104", "not_ready"))[0] == "104"
    await set_condition(desk, "101", "clean")
    assert rooms_of(await desk.stepped(now["id"], "move", {"room_id": desk.hotel.rooms["101"]}))[0] == "101"


@pytest.mark.parametrize("in_house", [False, True])
async def test_a_room_in_which_somebody_was_seen_is_nobodys_without_a_reason(desk: Desk, *, in_house: bool) -> None:
    stay = await desk.booked("double", TODAY, LATER, room="101")
    if in_house:
        await desk.stepped(stay["id"], "check-in")
    await see(desk, "102", "occupied")
    assert set(await ask_to_move(desk, stay, "102")) == {"discrepancy"}
    assert rooms_of(await overridden(desk, stay, "102", "discrepancy"))[0] == "102"


async def test_a_smaller_room_is_refused_and_overridden_by_name(desk: Desk) -> None:
    stay = await desk.booked("double", LATER, LAST, room="101", adults=2)
    path, room = f"/reservations/{stay['id']}", desk.hotel.rooms["201"]
    plain = await desk.send("POST", f"{path}/move", {"room_id": room, "price": "keep"})
    refused = problem_of(plain, 409, "room_rules_broken")
    assert [each["rule"] for each in refused["data"]["broken"]] == ["too_small"]
    moved = await overridden(desk, stay, "201", "too_small", price="keep")
    assert rooms_of(moved) == ["201"] * 2
    told = await last_event(desk, stay)
    assert (told["overrides"], told["override_reason"]) == (["too_small"], WHY["override_reason"])


async def test_what_is_taken_or_out_of_order_no_override_gives(desk: Desk) -> None:
    stay = await desk.booked("double", LATER, LAST, room="101")
    await desk.booked("double", LATER, LAST, room="102")
    await desk.maintained("103", LATER, LAST)
    before = await contents(desk.connection)
    every = ["too_small", "feature_missing", "feature_unwanted", "out_of_service", "not_ready", "discrepancy"]
    for room in ("102", "103"):
        body = {"room_id": desk.hotel.rooms[room], "overrides": every, **WHY}
        answer = await desk.send("POST", f"/reservations/{stay['id']}/move-against-rules", body)
        problem_of(answer, 409, "room_not_free")
    assert await contents(desk.connection) == before


@pytest.mark.parametrize(
    "body", [{"overrides": []}, {"overrides": ["gravity"]}, {"override_reason": " "}, {"overrides": None}]
)
async def test_an_override_names_rules_and_a_reason(desk: Desk, body: Json) -> None:
    stay = await desk.booked("double", LATER, LAST, room="101")
    asked = {"room_id": desk.hotel.rooms["102"], "overrides": ["not_ready"], **WHY, **body}
    answer = await desk.send("POST", f"/reservations/{stay['id']}/move-against-rules", asked)
    problem_of(answer, 422, "invalid_input")


async def why_not(desk: Desk, stay: Json, room: str) -> Json:
    answer = await desk.send("GET", f"/reservations/{stay['id']}/rooms/{desk.hotel.rooms[room]}")
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def test_why_not_names_every_rule_and_says_which_may_be_overridden(desk: Desk) -> None:
    stay = await desk.booked("double", TODAY, LATER, room="101")
    await ask_for_clean_rooms(desk)
    await needs(desk, stay, feature="bath")
    await desk.maintained("102", TODAY, LATER, kind="out_of_service")
    await see(desk, "102", "occupied")

    told = await why_not(desk, stay, "102")
    assert [(each["code"], each["overridable"]) for each in told["refusals"]] == [
        (rule, True) for rule in ("feature_missing", "out_of_service", "not_ready", "discrepancy")
    ]
    assert told["possible"] is False
    assert told["said"] == (
        f"Stay {stay['code']} cannot have room 102: it has no bath, which the stay needs, it is out of service "
        f"from {TODAY} to {LATER} (a burst pipe), it is dirty and somebody was seen in it whom the front office does "
        "not know of."
    )
    assert (await why_not(desk, stay, "101"))["possible"] is True, "where it is it may stay"


async def test_why_not_names_who_does_not_give_way(desk: Desk) -> None:
    stay = await desk.booked("double", LATER, LAST, room="101")
    kept = await desk.booked("double", LATER, LAST, room="102", room_locked=True, room_lock_reason="a promise")
    await desk.maintained("103", LATER, LAST)

    held = await why_not(desk, stay, "102")
    assert held["said"] == (
        f"Stay {stay['code']} cannot have room 102: it is held by {kept['code']} from {LATER} to {LAST}, which stays: "
        "its room is locked (a promise)."
    )
    assert held["refusals"][0]["overridable"] is False
    away = await why_not(desk, stay, "103")
    assert away["said"] == f"Stay {stay['code']} cannot have room 103: it is out of order from {LATER} to {LAST}."
    family = {"kind": "owner", "reason": "family", "starts_on": LATER, "ends_on": LAST}
    kept_back = {"room_id": desk.hotel.rooms["104"], **family}
    placed = await desk.send("POST", f"/businesses/{desk.hotel.id}/hold-backs", kept_back)
    assert placed.status_code == 201, placed.text
    back = await why_not(desk, stay, "104")
    assert back["said"] == f"Stay {stay['code']} cannot have room 104: it is held back from {LATER} to {LAST}."
