"""State plus events equals a fresh fetch: for every command that a desk, a guest or a manager gives."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from omd.db import Database
from omd.entrypoints.api.operations import OPERATIONS
from omd.entrypoints.api.route_classes import ROUTE_CLASSES
from omd.features.frontdesk import Planner
from omd.features.identity import REACH, Action
from omd.features.identity.limits import RouteClass
from omd.kernel.clock import FixedClock
from support.bookings import OfferDesk, sealed
from support.desk_lists import DeskLists
from support.front_desk import Desk, Json
from support.matrix.requests import small_picture
from support.passes import guest_headers
from support.persons import Headers, Persons
from support.planner_screen import Drawing, read_planner
from support.relayed import last_position
from support.streams import Listener, listening
from support.worlds import World

OF_PRICES = (Action.RATES_MANAGE,)
"""Held by test_live_prices: a screen is told that prices changed, and fetches them."""

OF_FOLIOS = (Action.FOLIOS_POST, Action.FOLIOS_CORRECT, Action.FOLIOS_BILL, Action.PAYMENTS_MANAGE)
"""A bill is read whole; what `folio.posted` tells is held by test_folios."""

OF_NIGHTS = (Action.NIGHT_AUDITS_RUN,)
"""Its steps are those of stays, by their own events; the date that it opens ends what is searched for here."""

OF_PROFILES = (Action.PROFILES_WRITE,)
"""Who comes again is on no screen that is followed; what a merge does to stays is."""

SEARCHED = [
    f"arrival=2027-03-{first:02d}&departure=2027-03-{last:02d}"
    for first, last in ((1, 2), (10, 11), (10, 14), (13, 16), (15, 17))
]

WINDOW = "arrival=2027-03-01&departure=2027-04-10&nights=true"


MY_PHOTO = "00000000-0000-7000-8000-00000000000a"


class Screen:
    """What a screen holds: the stays and the counters it fetched, and over them what the stream told."""

    def __init__(self, desk: Desk, stream: Listener) -> None:
        self._desk = desk
        self._stream = stream
        self._applied = 0
        self.stays: dict[str, Json] = {}
        self.nights: dict[tuple[int, str], Json] = {}

    async def fetched(self) -> tuple[dict[str, Json], dict[tuple[int, str], Json]]:
        """Fetch everything anew."""
        hotel = self._desk.hotel.id
        stays = (await self._desk.send("GET", f"/businesses/{hotel}/reservations?limit=500")).json()
        found = (await self._desk.send("GET", f"/businesses/{hotel}/availability?{WINDOW}")).json()
        nights = [night for each in found["room_types"] for night in each.get("nights", ())]
        return {each["id"]: each for each in stays}, {(each["room_type_id"], each["date"]): each for each in nights}

    async def begin(self) -> None:
        """Fetch what is shown first."""
        self.stays, self.nights = await self.fetched()

    async def catch_up(self) -> list[str]:
        """Wait for what the stream has to tell and put it over what is held; return the types of it."""
        await self._stream.until(await last_position(self._desk.connection))
        fresh = self._stream.told[self._applied :]
        self._applied += len(fresh)
        for told in fresh:
            stay: Any = told.data.get("stay")
            if stay is not None:
                self.stays[stay["id"]] = stay
            for night in told.data.get("nights", ()):
                key = (night["room_type_id"], night["date"])
                if key in self.nights:
                    self.nights[key] = night
        return [each.type for each in fresh]


@pytest.fixture
async def screen(live: Desk, live_app: Litestar, world: World) -> AsyncIterator[Screen]:
    """A screen of `grand` that is open before anything happens."""
    path = f"/api/v1/businesses/{world.grand.id}/events"
    async with listening(live_app, path, live.tokens.of("grand")) as stream:
        shown = Screen(live, stream)
        await shown.begin()
        yield shown


class PlannerScreen:
    """A room planner that was drawn once, and over it what it was told that changed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.differences = 0

    async def _drawn(self, more: str = "") -> Planner:
        path = f"/businesses/{self._desk.hotel.id}/planner?from=2027-03-01&days=40{more}"
        return read_planner((await self._desk.send("GET", path)).content)

    async def begin(self) -> None:
        """Draw it whole."""
        self._drawing = Drawing(await self._drawn())

    async def keep_up(self, operation: str) -> None:
        """Ask what changed, put it over what is shown, and compare that with what is drawn anew."""
        difference = await self._drawn(f"&since={self._drawing.version}")
        if difference.complete:
            self._drawing = Drawing(difference)
        else:
            self._drawing.put_over(difference)
        rooms = difference.maintenance.id or difference.hold_backs.id
        self.differences += bool(difference.bars.codes or difference.counters or rooms)
        fresh = Drawing(await self._drawn())
        assert self._drawing.shown == fresh.shown, operation


class Commands:
    """Gives commands, and after each compares the screen with what is fetched anew."""

    def __init__(self, desk: Desk, screen: Screen, planner: PlannerScreen, lists: DeskLists) -> None:
        self._desk = desk
        self._screen = screen
        self._planner = planner
        self._lists = lists
        self.operations: set[str] = set()
        self.from_windows = 0

    async def _searches_find_what_is_kept(self, operation: str) -> None:
        """Compare what searches of the next nights are answered with what the database says at the same time."""
        hotel, omd = self._desk.hotel.id, self._desk.world.alpha.id
        for path, party in ((f"/businesses/{hotel}/availability", "grand"), (f"/omds/{omd}/availability", "alpha")):
            for stay in SEARCHED:
                remembered = await self._desk.send("GET", f"{path}?{stay}", party=party)
                kept = await self._desk.send("GET", f"{path}?{stay}&fresh=true", party=party)
                assert remembered.content == kept.content, (operation, stay)
                assert remembered.headers["ETag"] == kept.headers["ETag"]
                self.from_windows += remembered.headers["Cache-Status"] == "omd; hit"

    async def give(
        self, operation: str, method: str, path: str, body: object = None, headers: Headers | None = None
    ) -> Json:
        """Give a command, which must be taken."""
        own = headers or self._desk.tokens.of("grand")
        sent: Any = {"content": body} if isinstance(body, bytes) else {"json": body}
        answer = await self._desk.client.request(method, f"/api/v1{path}", headers=own, **sent)
        assert answer.is_success, f"{operation}: {answer.text}"
        self.operations.add(operation)
        types = await self._screen.catch_up()
        await self._planner.keep_up(operation)
        await self._lists.keep_up(operation)
        stays, nights = await self._screen.fetched()
        assert self._screen.stays == stays, (operation, types)
        assert self._screen.nights == nights, (operation, types)
        await self._searches_find_what_is_kept(operation)
        told: Json = answer.json() if answer.content else {}
        return told


async def test_a_screen_that_follows_shows_what_one_that_fetches_does(
    live: Desk, screen: Screen, world: World, persons: Persons, clock: FixedClock, db: Database
) -> None:
    hotel, rooms, twin = world.grand, f"/businesses/{world.grand.id}", world.grand.types["twin"]
    olga = await persons.add("olga", ("owner", hotel))
    owner = await persons.come_in(olga)

    planner = PlannerScreen(live)
    await planner.begin()
    lists = DeskLists(live, db, clock, None, date(2027, 3, 10), date(2027, 3, 13))
    commands = Commands(live, screen, planner, lists)
    give = commands.give

    async def book(type_code: str, arrival: str, departure: str, **more: object) -> str:
        body = live.body(type_code, arrival, departure, **more)
        identifier: str = (await give("createReservation", "POST", f"{rooms}/reservations", body))["id"]
        return identifier

    async def step(operation: str, stay: str, verb: str, body: object = None) -> None:
        await give(operation, "POST", f"/reservations/{stay}/{verb}", body)

    await give("setOverbooking", "PUT", f"{rooms}/room-types/{twin.id}/overbooking", nights_of(10, 20, rooms=1))
    await give("setHouseOverbooking", "PUT", f"{rooms}/overbooking", nights_of(10, 12, rooms=3), owner)
    await give("removeHouseOverbooking", "DELETE", f"{rooms}/overbooking?starts_on=2027-03-10&ends_on=2027-03-12")
    asked = {"rules": [{"fields": [{"field": "last_name"}]}], "blocks_check_in": True}
    await give("setRegistrationRules", "PUT", f"{rooms}/registration-rules", asked, owner)
    first = await book("twin", "2027-03-10", "2027-03-12")
    second = await book("twin", "2027-03-12", "2027-03-14")
    third = await book("twin", "2027-03-11", "2027-03-13")
    # Needs the others to be moved, or waits without a room: in any case other stays change too.
    fourth = await book("twin", "2027-03-10", "2027-03-14")
    await give(
        "amendReservation", "PATCH", f"/reservations/{second}", {"arrival": "2027-03-13", "departure": "2027-03-17"}
    )
    double = hotel.types["double"].id
    await give("amendReservation", "PATCH", f"/reservations/{third}", {"room_type_id": double, "note": "by the lift"})
    await give("amendReservation", "PATCH", f"/reservations/{first}", {"guests": [{"last_name": "Marin"}]})
    blocked = {"room_id": twin.rooms["301"], "kind": "out_of_order", "reason": "paint", **nights_of(14, 16)}
    started = await give("startMaintenance", "POST", f"{rooms}/maintenance", blocked)
    await give("endMaintenance", "DELETE", f"{rooms}/maintenance/{started['interval']['id']}")
    family = {"room_id": twin.rooms["302"], "kind": "owner", "reason": "family", **nights_of(26, 28)}
    kept = (await give("placeHoldBack", "POST", f"{rooms}/hold-backs", family, owner))["hold_back"]["id"]
    await give("changeHoldBack", "PATCH", f"{rooms}/hold-backs/{kept}", nights_of(27, 29), owner)
    await give("endHoldBack", "DELETE", f"{rooms}/hold-backs/{kept}", None, owner)
    held = await book("single", "2027-03-18", "2027-03-20", hold_until="2027-03-05T18:00:00Z")
    await step("extendHold", held, "hold", {"hold_until": "2027-03-06T18:00:00Z"})
    await step("confirmReservation", held, "confirm")
    await step("cancelReservation", fourth, "cancel", {"reason": "ill"})
    await step("reinstateReservation", fourth, "reinstate")
    await step("cancelReservation", fourth, "cancel")
    tonight = await book("single", "2027-03-01", "2027-03-04")
    await step("checkIn", tonight, "check-in")
    await step("undoCheckIn", tonight, "undo-check-in")
    await step("checkIn", tonight, "check-in")
    await step("moveReservation", tonight, "move", {"room_id": hotel.rooms["203"]})
    await step("checkOut", tonight, "check-out")
    await step("undoCheckOut", tonight, "undo-check-out")
    await step("checkOut", tonight, "check-out")
    offers = await OfferDesk.at(live)
    sealed_offer = sealed(offers.offer("single", "2027-03-20", "2027-03-22", adults=1))
    guests = [{"last_name": "Pop"}]
    sold = await give(
        "createBooking", "POST", f"{rooms}/bookings", {"offers": [{"offer": sealed_offer, "guests": guests}]}
    )
    again = sealed(offers.offer("single", "2027-03-20", "2027-03-22", adults=1))
    await step("repriceReservation", sold["stays"][0]["stay"]["id"], "price", {"offer": again})
    guest_now = {"room_type_id": twin.id, "departure": "2027-03-02", "guests": [{"last_name": "Rus"}]}
    await give("walkIn", "POST", f"{rooms}/walk-ins", guest_now)
    by_day = {"date": "2027-03-02", "from_time": "10:00", "until_time": "14:00", "guests": [{"last_name": "Rus"}]}
    hours = {"check_in_from": "16:00", "check_out_until": "12:00", "late_from": "20:00"}
    await give("setStaySettings", "PUT", f"{rooms}/stay-settings", hours, owner)
    await give("bookDayUse", "POST", f"{rooms}/day-uses", {"room_type_id": twin.id, **by_day})
    await give("estimateArrival", "PUT", f"/reservations/{second}/estimated-arrival", {"estimated_arrival": "22:30"})
    asked = await give("addRequest", "POST", f"/reservations/{second}/requests", {"kind": "baby_cot"})
    await give("markRequest", "PATCH", f"/reservations/{second}/requests/{asked['id']}", {"done": True})
    linked = await give("linkGuestProfile", "POST", f"/reservations/{tonight}/guest-profiles", {})
    other = await give("linkGuestProfile", "POST", f"/reservations/{second}/guest-profiles", {})
    one, two = (each["guests"][0]["profile_id"] for each in (linked, other))
    merge = f"{rooms}/guest-profiles/{one}/merge"
    await give("mergeGuestProfiles", "POST", merge, {"other_profile_id": two}, owner)
    wish = {"arrival": "2027-03-24", "departure": "2027-03-26", "last_name": "Pop", "room_type_ids": [double]}
    waits, gone = [await give("addToWaitingList", "POST", f"{rooms}/waiting-list", wish) for _ in range(2)]
    await give("changeWaitingEntry", "PUT", f"{rooms}/waiting-list/{waits['id']}", {**wish, "adults": 2})
    promoted = f"{rooms}/waiting-list/{waits['id']}/promote"
    await give("promoteFromWaitingList", "POST", promoted, {"room_type_id": double})
    removed = f"{rooms}/waiting-list/{gone['id']}/remove"
    await give("removeFromWaitingList", "POST", removed, {"reason": "gave_up"})
    refused = {"arrival": "2027-03-24", "departure": "2027-03-26", "reason": "price"}
    await give("recordTurnaway", "POST", f"{rooms}/turnaways", refused)
    elsewhere = {"kind": "room", "value": str(hotel.rooms["202"]), "importance": 3}
    later = await book("single", "2027-03-26", "2027-03-28")
    await give("setRoomWishes", "PUT", f"/reservations/{later}/room-wishes", {"wishes": [elsewhere]})
    plan = await give(
        "proposeAssignment", "POST", f"{rooms}/assignment-plans", {"scope": "stay", "reservation_id": later}
    )
    assert plan["stays"][0]["moves"]
    await give("applyAssignmentPlan", "POST", f"{rooms}/assignment-plans/{plan['id']}/apply")
    await give("undoAssignmentPlan", "POST", f"{rooms}/assignment-plans/{plan['id']}/undo")
    small = {"room_id": hotel.rooms["202"], "overrides": ["out_of_service"], "override_reason": "a guest who knows it"}
    await give("moveAgainstRules", "POST", f"/reservations/{later}/move-against-rules", small, owner)
    home = {"scope": "by_hand", "moves": [{"reservation_id": later, "room_id": hotel.rooms["203"]}]}
    chain = await give("proposeAssignment", "POST", f"{rooms}/assignment-plans", home)
    knowing = {"overrides": ["out_of_service"], "override_reason": "a guest who knows it"}
    against = f"{rooms}/assignment-plans/{chain['id']}/apply-against-rules"
    await give("applyAssignmentPlanAgainstRules", "POST", against, knowing, owner)
    await give("setAssignmentWeights", "PUT", f"{rooms}/assignment-weights", {"wish": 30}, owner)
    await give("setHousekeepingSettings", "PUT", f"{rooms}/housekeeping-settings", {"check_in_needs": "clean"}, owner)
    late = await book("single", "2027-03-01", "2027-03-02", room="202")
    reason = {"reason": "they wait in the bar"}
    await give("checkInUnready", "POST", f"/reservations/{late}/check-in-unready", reason, owner)
    room = f"{rooms}/rooms/{hotel.rooms['202']}"
    await give("setRoomCondition", "PUT", f"{room}/condition", {"condition": "clean"})
    await give("saySeen", "PUT", f"{room}/seen", {"occupancy": "vacant"})
    await give("resolveDiscrepancy", "POST", f"{room}/discrepancy/resolve", {"reason": "they are back"})
    await see_to_tickets(commands, rooms, hotel.rooms["203"], olga, owner)
    staff = (await live.client.get(f"/api/v1{rooms}/housekeeping-attendants", headers=owner)).json()
    await sheets(give, rooms, hotel.rooms["201"], staff[0]["attendant_id"], owner)
    await housekeeping(give, rooms, hotel.rooms["201"], owner)
    water = {"id": str(UUID(int=1)), "text": "water", "amount": "7.00"}
    await give("chargeMinibar", "POST", f"{room}/minibar", water)
    absent = await book("single", "2027-03-01", "2027-03-02")
    await step("markNoShow", absent, "no-show")
    guest = guest_headers(hotel, screen.stays[first]["code"], clock)
    await give("cancelOwnStay", "POST", "/own-stay/cancel", None, guest)
    sought = {"code": screen.stays[fourth]["code"], "last_name": "Popescu"}
    await give("eraseGuest", "POST", f"{rooms}/guests/erase", sought, owner)
    await give("setNightAuditSettings", "PUT", f"{rooms}/night-audit-settings", {"mode": "audit"}, owner)
    assert commands.operations == every_command()
    assert commands.from_windows > 0
    assert planner.differences > 10
    assert lists.said_again > 100


async def see_to_tickets(commands: Commands, rooms: str, room_id: int, person: int, owner: Headers) -> None:
    """Give every command about tickets; the owner, who is a person, sees to them."""
    give, tickets = commands.give, f"{rooms}/tickets"
    told = {"title": "a tap", "room_id": room_id}
    ticket, other = [(await give("reportTicket", "POST", tickets, told))["id"] for _ in range(2)]
    at = f"{tickets}/{ticket}"
    await give("changeTicket", "PUT", at, {"title": "a tap", "priority": "high"})
    await give("commentTicket", "POST", f"{at}/comment", {"note": "it drips"})
    picture = {**owner, "Content-Type": "image/jpeg"}
    await give("addTicketPhoto", "POST", f"{at}/photos?id={MY_PHOTO}", small_picture(), picture)
    await give("removeTicketPhoto", "DELETE", f"{at}/photos/{MY_PHOTO}", None, owner)
    await give("takeTicket", "POST", f"{at}/take", {}, owner)
    await give("assignTicket", "POST", f"{at}/assign", {"assignee_id": person}, owner)
    out = {"kind": "out_of_order", "starts_on": "2027-03-28", "ends_on": "2027-03-30"}
    await give("takeTicketRoomOut", "POST", f"{at}/take-room-out", out, owner)
    await give("startTicket", "POST", f"{at}/start", {}, owner)
    await give("pauseTicket", "POST", f"{at}/pause", {"note": "a seal"}, owner)
    await give("giveTicketRoomBack", "POST", f"{at}/give-room-back", {}, owner)
    await give("takeTicketRoomOut", "POST", f"{at}/take-room-out", out, owner)
    await give("resolveTicket", "POST", f"{at}/resolve", {"note": "mended", "gives_room_back": True}, owner)
    await give("verifyTicket", "POST", f"{at}/verify", {}, owner)
    await give("reopenTicket", "POST", f"{at}/reopen", {"note": "it drips"}, owner)
    await give("cancelTicket", "POST", f"{tickets}/{other}/cancel", {"note": "seen twice"}, owner)


async def housekeeping(give: Callable[..., Awaitable[Json]], rooms: str, room_id: int, owner: Headers) -> None:
    """Give the commands of tasks in a room."""
    planned = {"service_every": 2, "inspects": []}
    await give("setHousekeepingTaskSettings", "PUT", f"{rooms}/housekeeping-task-settings", planned, owner)
    await give("planHousekeeping", "POST", f"{rooms}/housekeeping-plans", {})
    tasks = f"{rooms}/housekeeping-tasks"
    task, gone = [
        await give("addHousekeepingTask", "POST", tasks, {"room_id": room_id, "kind": "other"}) for _ in range(2)
    ]
    whose = {"attendant_id": None, "seen_version": task["version"], "position": 3}
    await give("assignHousekeepingTask", "PUT", f"{tasks}/{task['id']}/assignment", whose)
    await give("workOnHousekeepingTask", "POST", f"{tasks}/{task['id']}/work", {"action": "done"})
    await give("inspectHousekeepingTask", "POST", f"{tasks}/{task['id']}/inspection", {"passed": True})
    await give("cancelHousekeepingTask", "POST", f"{tasks}/{gone['id']}/cancel", {"reason": "no lamp"})
    await give("rushRoom", "POST", f"{rooms}/rooms/{room_id}/rush", {"rush": False})
    sent = {"device": "phone", "sent_at": "2027-03-01T09:00:00Z"}
    for number, (operation, path) in enumerate(
        (("sendHousekeepingCommands", ""), ("sendSupervisedCommands", "/supervised")), 1
    ):
        said = {"task_id": gone["id"], "action": "done", "at": sent["sent_at"], "id": str(UUID(int=2**128 - number))}
        await give(operation, "POST", f"{rooms}/housekeeping-commands{path}", {**sent, "commands": [said]})
    resolved = f"{rooms}/housekeeping-conflicts/{UUID(int=2**128 - 1)}/resolve"
    await give("resolveHousekeepingConflict", "POST", resolved, {"counts": True, "resolution": "it was done"})
    watch = {"id": str(UUID(int=1)), "room_id": room_id, "description": "a watch"}
    found = await give("reportFoundItem", "POST", f"{rooms}/found-items", watch)
    await give("endFoundItem", "POST", f"{rooms}/found-items/{found['id']}/end", {"status": "returned"})


async def sheets(
    give: Callable[..., Awaitable[Json]], rooms: str, room_id: int, attendant_id: int, owner: Headers
) -> None:
    """Share a task out to somebody."""
    on, path = "2027-03-01", f"{rooms}/housekeeping-sheets"
    sections = {"sections": [{"name": "East", "floors": [2]}]}
    await give("setHousekeepingSections", "PUT", f"{rooms}/housekeeping-sections", sections, owner)
    works = {"attendants": [{"attendant_id": attendant_id, "sections": ["East"]}]}
    await give("setHousekeepingAttendances", "PUT", f"{rooms}/housekeeping-attendances/{on}", works)
    task = await give(
        "addHousekeepingTask", "POST", f"{rooms}/housekeeping-tasks", {"room_id": room_id, "kind": "linen"}
    )
    found = await give("proposeHousekeepingSheets", "POST", f"{path}/propose", {"on": on})
    assert task["id"] in {each["task_id"] for each in found["changes"]}
    await give("applyHousekeepingSheets", "POST", f"{path}/apply", {"on": on, "changes": found["changes"]})
    await give("publishHousekeepingSheets", "POST", f"{path}/publish", {"on": on})


def nights_of(first: int, last: int, **more: object) -> Json:
    """Return the nights of March from the first to the last, which is none, as bodies name them."""
    return {"starts_on": f"2027-03-{first:02d}", "ends_on": f"2027-03-{last:02d}", **more}


def every_command() -> set[str]:
    """Return every operation that changes stays or rooms, which a desk shows, by the table of permissions."""
    return {
        operation
        for operation, action in OPERATIONS.items()
        if action not in (None, *OF_PRICES, *OF_FOLIOS, *OF_NIGHTS, *OF_PROFILES)
        and REACH[action] == "serves"
        and ROUTE_CLASSES[operation] is RouteClass.WRITE
    }
