"""Taxes over HTTP: rules of hotels, localities and destinations, who keeps them, and what a stay comes to."""

from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from omd.db import Database
from omd.features.rates.taxes import find_tax_rules
from support.persons import Headers, Persons
from support.worlds import TODAY, Connection, World, hotel_actor

API = "/api/v1"
VAT = {
    "code": "VAT",
    "name": "VAT of accommodation",
    "basis": "percent",
    "placement": "included",
    "value": "11",
    "since": "2020-01-01",
    "kinds": ["room", "meals"],
}
CITY = {
    "code": "CITY",
    "name": "City tax",
    "basis": "person_night",
    "placement": "on_top",
    "value": "7",
    "since": "2020-01-01",
}
COUPLE: list[dict[str, object]] = [{}, {}]


class TaxOffice(msgspec.Struct, frozen=True):
    """Asks as whoever keeps taxes."""

    client: httpx.AsyncClient
    world: World
    owner: Headers
    administrator: Headers

    @property
    def of_hotel(self) -> str:
        """Return the path of the hotel's rules."""
        return f"{API}/businesses/{self.world.grand.id}/tax-rules"

    @property
    def of_omd(self) -> str:
        """Return the path of the destination's rules."""
        return f"{API}/omds/{self.world.alpha.id}/tax-rules"

    async def add(self, body: dict[str, Any], **terms: object) -> Any:
        """Add a rule to the hotel."""
        return await self._made(self.of_hotel, {**body, **terms}, self.owner)

    async def add_to_omd(self, body: dict[str, Any], **terms: object) -> Any:
        """Add a rule to the destination."""
        return await self._made(self.of_omd, {**body, **terms}, self.administrator)

    async def settle(self, code: str) -> int:
        """Make a locality, and put the hotel into it; return its id."""
        path = f"{API}/omds/{self.world.alpha.id}/localities"
        made = await self._made(path, {"code": code, "name": code.title()}, self.administrator)
        put = await self.client.put(
            f"{API}/businesses/{self.world.grand.id}/locality", json={"locality_id": made["id"]}, headers=self.owner
        )
        assert (put.status_code, put.json()) == (200, {"locality": made})
        return int(made["id"])

    async def change(self, rule: Any, headers: Headers | None = None, **change: object) -> httpx.Response:
        """Change a rule of the hotel."""
        return await self.client.patch(
            f"{self.of_hotel}/{rule['id']}", json=change, headers={**self.owner, **(headers or {})}
        )

    async def preview(self, *amounts: str, **said: object) -> httpx.Response:
        """Reckon a stay from today on, a room charge a night."""
        days = [str(TODAY + timedelta(days=at)) for at in range(len(amounts) + 1)]
        charges = [{"date": day, "kind": "room", "amount": amount} for day, amount in zip(days, amounts, strict=False)]
        body = {"arrival": days[0], "departure": days[-1], "charges": charges, "lodgers": COUPLE, **said}
        path = f"{API}/businesses/{self.world.grand.id}/taxes/preview"
        return await self.client.post(path, json=body, headers=self.owner)

    async def _made(self, path: str, body: dict[str, Any], headers: Headers) -> Any:
        made = await self.client.post(path, json=body, headers=headers)
        assert made.status_code == 201, made.text
        assert made.headers["ETag"] == '"1"'
        return made.json()


@pytest.fixture
async def taxes(client: httpx.AsyncClient, world: World, persons: Persons, owner: Headers) -> TaxOffice:
    """Olga of the hotel `grand` and Adam of its destination, at their taxes."""
    administrator = await persons.headers("adam", ("omd_administrator", world.alpha))
    return TaxOffice(client, world, owner, administrator)


def refusal(answer: httpx.Response) -> tuple[int, str, list[str]]:
    told = answer.json()
    return answer.status_code, told["code"], [each["pointer"] for each in told.get("problems", ())]


async def test_the_four_towns_of_the_issue(taxes: TaxOffice) -> None:
    await taxes.add_to_omd(VAT)
    brasov = await taxes.settle("brasov")
    await taxes.add_to_omd(CITY, locality_id=brasov)
    await taxes.add_to_omd(CITY, code="PROMO", name="Promotion tax", value="5", locality_id=brasov)
    answer = (await taxes.preview("400.00", "400.00")).json()
    lines = [(line["code"], line["date"], line["base"], line["amount"]) for line in answer["lines"]]
    assert lines[:3] == [
        ("VAT", "2027-03-01", "360.36", "39.64"),
        ("CITY", "2027-03-01", "2", "14.00"),
        ("PROMO", "2027-03-01", "2", "10.00"),
    ]
    assert {name: answer[name] for name in ("net", "included", "gross", "on_top", "owed", "total", "currency")} == {
        "net": "720.72",
        "included": "79.28",
        "gross": "800.00",
        "on_top": "48.00",
        "owed": "0.00",
        "total": "848.00",
        "currency": "RON",
    }
    sibiu = await taxes.settle("sibiu")
    await taxes.add_to_omd(CITY, basis="percent", value="2", locality_id=sibiu)
    assert (await taxes.preview("333.00")).json()["on_top"] == "6.66"
    bucharest = await taxes.settle("bucuresti")
    await taxes.add_to_omd(CITY, value="10", locality_id=bucharest)
    assert (await taxes.preview("1.00", "1.00", "1.00")).json()["on_top"] == "60.00"
    mamaia = await taxes.settle("mamaia")
    owed = {"basis": "percent_of_net", "placement": "owed", "value": "1", "kinds": ["room"]}
    await taxes.add_to_omd(CITY, **owed, locality_id=mamaia)
    answer = (await taxes.preview("222.00")).json()
    assert (answer["owed"], answer["total"]) == ("2.00", "222.00")


async def test_a_rule_that_is_not_in_force_can_be_tried(taxes: TaxOffice) -> None:
    await taxes.add_to_omd(VAT)
    answer = (await taxes.preview("121.00", rules=[{**VAT, "value": "21"}])).json()
    assert [(line["rule_id"], line["amount"]) for line in answer["lines"]] == [(None, "21.00")]
    assert (await taxes.preview("111.00")).json()["included"] == "11.00", "and nothing was kept of it"


async def test_a_preview_of_nothing_is_told_in_hundredths_as_any_other(taxes: TaxOffice) -> None:
    for amount in ("0", "0.00"):
        answer = (await taxes.preview(amount)).json()
        assert {answer[name] for name in ("net", "included", "gross", "on_top", "owed", "total")} == {"0.00"}
        assert answer["lines"] == []
    assert (await taxes.preview("12")).json()["total"] == "12.00"


async def test_a_preview_names_what_is_wrong_with_it(taxes: TaxOffice) -> None:
    charges = [{"date": day, "kind": "room", "amount": "1"} for day in ("2027-03-01", "2027-03-02", "2027-02-28")]
    assert refusal(await taxes.preview("1", charges=charges)) == (
        *(422, "invalid_input"),
        ["/charges/1/date", "/charges/2/date"],
    )
    wrong = {**CITY, "min_age": 60, "max_age": 18, "kinds": ["room"], "until": "2019-01-01"}
    wrong |= {"basis": "stay", "max_nights": 3, "spares_countries": ["RO"], "only_countries": ["RO"]}
    said = refusal(await taxes.preview("1", rules=[VAT, wrong]))
    names = ("until", "kinds", "max_age", "max_nights", "only_countries")
    assert said == (422, "invalid_input", [f"/rules/1/{name}" for name in names])
    twice = [{**CITY, "until": "2027-03-02"}, {**CITY, "since": "2027-03-02"}, {**CITY, "since": "2027-04-01"}]
    assert refusal(await taxes.preview("1", rules=twice)) == (422, "invalid_input", ["/rules/2/since"])
    assert refusal(await taxes.preview("1", lodgers=[{"age": -1, "country": "ro"}]))[2] == [
        "/lodgers/0/age",
        "/lodgers/0/country",
    ]


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        ({"value": "-1"}, "/value"),
        ({"value": "0.00001"}, "/value"),
        ({"basis": "percent", "value": "100.01"}, "/value"),
        ({"kinds": ["drinks"]}, "/kinds/0"),
        ({"only_countries": ["Romania"]}, "/only_countries/0"),
        ({"until": "2020-01-01"}, "/until"),
        ({"code": "CITY TAX"}, "/code"),
        ({"max_nights": 0}, "/max_nights"),
    ],
)
async def test_a_rule_that_says_nonsense_is_refused(taxes: TaxOffice, terms: dict[str, Any], pointer: str) -> None:
    for path, headers in ((taxes.of_hotel, taxes.owner), (taxes.of_omd, taxes.administrator)):
        answer = await taxes.client.post(path, json={**CITY, **terms}, headers=headers)
        assert refusal(answer) == (422, "invalid_input", [pointer])


async def test_a_locality_that_is_not_there_has_no_taxes(taxes: TaxOffice) -> None:
    for body in ({**CITY, "locality_id": 2147483647}, {**CITY, "locality_id": "brasov"}):
        answer = await taxes.client.post(taxes.of_omd, json=body, headers=taxes.administrator)
        assert refusal(answer) == (422, "invalid_input", ["/locality_id"])


async def test_what_applies_to_a_hotel_on_a_day(taxes: TaxOffice) -> None:
    elsewhere = await taxes.settle("sibiu")
    brasov = await taxes.settle("brasov")
    vat, of_town = await taxes.add_to_omd(VAT), await taxes.add_to_omd(CITY, locality_id=brasov)
    await taxes.add_to_omd(CITY, locality_id=elsewhere, value="1")
    own = await taxes.add(CITY, since="2027-06-01", value="3")

    async def listed(path: str, headers: Headers) -> list[Any]:
        answer = await taxes.client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    assert await listed(taxes.of_hotel, taxes.owner) == [vat, of_town, own]
    assert await listed(f"{taxes.of_hotel}?on=2027-05-31", taxes.owner) == [vat, of_town]
    assert await listed(f"{taxes.of_hotel}?on=2027-06-01", taxes.owner) == [vat, own]
    assert await listed(f"{taxes.of_hotel}?on=9999-12-31", taxes.owner) == [vat, own]
    assert [each["level"] for each in (vat, of_town, own)] == ["destination", "locality", "hotel"]
    rules = await listed(f"{taxes.of_omd}?on=2027-05-31", taxes.administrator)
    assert [(each["code"], each["locality_id"]) for each in rules] == [
        ("VAT", None),
        ("CITY", brasov),
        ("CITY", elsewhere),
    ]


async def test_a_rule_that_has_begun_is_ended_and_followed_never_rewritten(
    taxes: TaxOffice, owner_connection: Connection
) -> None:
    rule = await taxes.add(CITY)
    changes: tuple[dict[str, Any], ...] = (
        {"value": "9"},
        {"since": "2027-04-01"},
        {"name": "Other"},
        {"until": str(TODAY - timedelta(days=1))},
    )
    for change in changes:
        assert refusal(await taxes.change(rule, **change)) == (409, "tax_rule_begun", [])
    gone = await taxes.client.delete(f"{taxes.of_hotel}/{rule['id']}", headers=taxes.owner)
    assert refusal(gone) == (409, "tax_rule_begun", [])
    ended = await taxes.change(rule, until=str(TODAY + timedelta(days=2)))
    assert (ended.status_code, ended.json()["until"], ended.json()["version"]) == (200, "2027-03-03", 2)
    await taxes.add(CITY, since="2027-03-03", value="9")
    answer = (await taxes.preview("1", "1", "1")).json()
    assert [line["amount"] for line in answer["lines"]] == ["14.00", "14.00", "18.00"]
    assert refusal(await taxes.change(rule, until="2027-03-04")) == (409, "tax_rules_overlap", [])
    await owner_connection.execute("update businesses set business_date = '2027-03-06'")
    assert refusal(await taxes.change(rule, until=None)) == (409, "tax_rule_begun", []), "it has ended"


async def test_a_rule_of_the_future_is_changed_and_deleted(taxes: TaxOffice) -> None:
    rule = await taxes.add(CITY, since="2027-03-02")
    changed = await taxes.change(rule, {"If-Match": '"1"'}, value="9.50", min_age=18, basis="person_stay")
    assert changed.status_code == 200, changed.text
    assert changed.json() == {**rule, "value": "9.50", "min_age": 18, "basis": "person_stay", "version": 2}
    assert changed.headers["ETag"] == '"2"'
    assert refusal(await taxes.change(rule, {"If-Match": '"1"'}, value="1"))[:2] == (409, "stale_version")
    same = await taxes.change(rule, value="9.50")
    assert same.json()["version"] == 2, "what changes nothing leaves the version"
    assert refusal(await taxes.change(rule, max_nights=2)) == (422, "invalid_input", ["/max_nights"])
    path = f"{taxes.of_hotel}/{rule['id']}"
    stale = await taxes.client.delete(path, headers={**taxes.owner, "If-Match": '"1"'})
    assert refusal(stale)[:2] == (409, "stale_version")
    assert (await taxes.client.delete(path, headers=taxes.owner)).status_code == 200
    assert (await taxes.client.delete(path, headers=taxes.owner)).status_code == 404


async def test_a_hotels_rules_are_its_own_at_its_path_alone(taxes: TaxOffice, persons: Persons) -> None:
    own, of_omd = await taxes.add(CITY, since="2027-06-01"), await taxes.add_to_omd(VAT, since="2027-06-01")
    assert (await taxes.change(of_omd, value="1")).status_code == 404
    path = f"{taxes.of_omd}/{own['id']}"
    assert (await taxes.client.patch(path, json={"value": "1"}, headers=taxes.administrator)).status_code == 404
    assert (await taxes.client.post(taxes.of_omd, json=CITY, headers=taxes.owner)).status_code == 403
    assert (await taxes.client.post(taxes.of_hotel, json=CITY, headers=taxes.administrator)).status_code == 403
    next_door = await persons.headers("nora", ("owner", taxes.world.lodge))
    assert (await taxes.client.get(taxes.of_hotel, headers=next_door)).status_code == 404
    listed = await taxes.client.get(f"{API}/businesses/{taxes.world.lodge.id}/tax-rules", headers=next_door)
    assert [each["id"] for each in listed.json()] == [of_omd["id"]]
    refused = await taxes.client.post(taxes.of_hotel, json={**CITY, "locality_id": 1}, headers=taxes.owner)
    assert refusal(refused) == (422, "invalid_input", ["/locality_id"])


async def test_an_accountant_reads_and_reckons_but_does_not_set(taxes: TaxOffice, persons: Persons) -> None:
    accountant = await persons.headers("corina", ("accountant", taxes.world.grand))
    assert (await taxes.client.get(taxes.of_hotel, headers=accountant)).status_code == 200
    assert (await taxes.client.post(taxes.of_hotel, json=CITY, headers=accountant)).status_code == 403
    body = {"arrival": "2027-03-01", "departure": "2027-03-02", "charges": [], "lodgers": []}
    path = f"{API}/businesses/{taxes.world.grand.id}/taxes/preview"
    assert (await taxes.client.post(path, json=body, headers=accountant)).json()["total"] == "0.00"


async def test_localities_have_codes_of_their_own_and_change_their_names(taxes: TaxOffice) -> None:
    path = f"{API}/omds/{taxes.world.alpha.id}/localities"
    body = {"code": "brasov", "name": "Brașov"}
    made = await taxes.client.post(path, json=body, headers=taxes.administrator)
    assert refusal(await taxes.client.post(path, json=body, headers=taxes.administrator))[:2] == (409, "locality_taken")
    one = f"{path}/{made.json()['id']}"
    renamed = await taxes.client.patch(
        one, json={"name": "Brașov municipiu"}, headers={**taxes.administrator, "If-Match": '"1"'}
    )
    assert (renamed.json()["name"], renamed.headers["ETag"]) == ("Brașov municipiu", '"2"')
    stale = await taxes.client.patch(one, json={"name": "x"}, headers={**taxes.administrator, "If-Match": '"1"'})
    assert refusal(stale)[:2] == (409, "stale_version")
    assert (await taxes.client.get(f"{path}?limit=1", headers=taxes.owner)).json() == [renamed.json()]
    assert (await taxes.client.patch(one, json={"name": "x"}, headers=taxes.owner)).status_code == 403


async def test_a_hotel_lies_in_one_locality_or_in_none(taxes: TaxOffice) -> None:
    path = f"{API}/businesses/{taxes.world.grand.id}/locality"
    assert (await taxes.client.get(path, headers=taxes.owner)).json() == {"locality": None}
    town = await taxes.settle("brasov")
    await taxes.add_to_omd(CITY, locality_id=town)
    assert (await taxes.client.get(path, headers=taxes.owner)).json()["locality"]["code"] == "brasov"
    unknown = await taxes.client.put(path, json={"locality_id": 2147483647}, headers=taxes.owner)
    assert refusal(unknown) == (422, "invalid_input", ["/locality_id"])
    assert (await taxes.preview("1")).json()["on_top"] == "14.00"
    left = await taxes.client.put(path, json={"locality_id": None}, headers=taxes.owner)
    assert left.json() == {"locality": None}
    assert (await taxes.preview("1")).json()["on_top"] == "0.00"


async def test_a_place_keeps_two_hundred_rules_at_most(taxes: TaxOffice, owner_connection: Connection) -> None:
    await owner_connection.execute(
        "insert into tax_rules (omd_id, business_id, code, name, basis, placement, value, since) "
        "select $1, $2, 'T' || n, 'x', 'stay', 'owed', 1, '2030-01-01' from generate_series(1, 200) n",
        *(taxes.world.alpha.id, taxes.world.grand.id),
    )
    refused = await taxes.client.post(taxes.of_hotel, json=CITY, headers=taxes.owner)
    assert refusal(refused)[:2] == (409, "too_many_tax_rules")


async def test_every_write_is_on_record(taxes: TaxOffice, owner_connection: Connection) -> None:
    await taxes.settle("brasov")
    rule = await taxes.add(CITY, since="2027-06-01")
    await taxes.change(rule, value="8")
    rows = await owner_connection.fetch(
        "select thing, action, before, after from audit_log where thing in "
        "('localities', 'business_localities', 'tax_rules') order by at, action"
    )
    told = [(row["thing"], row["action"]) for row in rows]
    assert told == [
        ("localities", "insert"),
        ("business_localities", "insert"),
        ("tax_rules", "insert"),
        ("tax_rules", "update"),
    ]
    assert (rows[-1]["before"], rows[-1]["after"]) == ('{"value": 7}', '{"value": 8}')


async def test_a_retried_rule_is_added_once(taxes: TaxOffice) -> None:
    headers = {**taxes.owner, "Idempotency-Key": "once"}
    first = await taxes.client.post(taxes.of_hotel, json=CITY, headers=headers)
    again = await taxes.client.post(taxes.of_hotel, json=CITY, headers=headers)
    assert (first.status_code, first.content) == (again.status_code, again.content)


async def test_prices_get_the_rules_of_a_stay_in_one_statement(taxes: TaxOffice, db: Database) -> None:
    await taxes.add(CITY, until="2027-03-02")
    await taxes.add(CITY, since="2027-03-02", until="2027-03-05", value="8")
    await taxes.add(CITY, since="2027-03-05", value="9")
    grand = taxes.world.grand
    async with db.reading(hotel_actor(grand)) as tx:
        found = await find_tax_rules(tx, grand.omd_id, grand.id, TODAY + timedelta(days=1), TODAY + timedelta(days=4))
    assert [str(each.value) for each in found] == ["8"]


async def test_whoever_remembers_what_stays_cost_is_told_of_taxes(
    taxes: TaxOffice, owner_connection: Connection
) -> None:
    hotel, omd = taxes.world.grand.id, taxes.world.alpha.id

    async def told() -> list[tuple[int | None, str, str, int]]:
        rows = await owner_connection.fetch(
            "select business_id, data ->> 'what' as what, aggregate || aggregate_id as about, aggregate_version "
            "from events where type = 'taxes.changed' order by seq"
        )
        return [(row["business_id"], row["what"], row["about"], row["aggregate_version"]) for row in rows]

    town = await taxes.settle("brasov")
    await taxes.settle("sibiu")
    await taxes.add_to_omd(CITY, locality_id=town)
    rule = await taxes.add(CITY, since="2027-06-01")
    assert (await taxes.change(rule, value="7")).status_code == 200
    assert await told() == [
        (hotel, "locality", f"business{hotel}", 1),
        (hotel, "locality", f"business{hotel}", 2),
        (None, "rule", f"omd{omd}", 1),
        (hotel, "rule", f"business{hotel}", 3),
    ]
    assert (await taxes.change(rule, value="8")).status_code == 200
    gone = await taxes.client.delete(f"{taxes.of_hotel}/{rule['id']}", headers=taxes.owner)
    assert gone.status_code == 200
    assert [each[:2] for each in (await told())[4:]] == [(hotel, "rule")] * 2
