"""Rate plans and policies through HTTP: derived, changed, retired, and replaced by a newer version."""

from datetime import timedelta

import httpx

from omd.kernel.clock import FixedClock
from support.front_desk import problem_of
from support.revenue import Json, RevenueDesk, problems_of
from support.worlds import NOW


async def test_a_plan_is_read_as_it_was_added(revenue: RevenueDesk) -> None:
    policy = await revenue.done(
        "POST",
        "/rate-policies",
        {
            "kind": "cancellation",
            "code": "48H",
            "name": "Free until two days before",
            "fees": [{"hours": -48, "percent": 100, "nights": 1}, {"hours": 0, "percent": 100}],
            "texts": {"en": "Free until 48 hours before.", "ro": "Gratuit cu 48 de ore inainte."},
        },
    )
    terms = {
        "full_payers": True,
        "family": {"max_age": 12, "min_count": 2, "free": 1},
        "free_nights": {"required": 7, "free": 1, "pattern": "PPPPPPF"},
        "conditions": {"min_nights": 2, "arrival_weekdays": ["fri", "sat"], "max_advance": 60},
        "supplements": [{"code": "CLEAN", "name": "Cleaning", "charge": "stay", "amount": "50.00"}],
    }
    plan = {
        "code": "FAMILY",
        "name": "Family",
        "meals": "half_board",
        "basis": "person",
        "guarantee": "card",
        "cancellation_policy_id": policy["id"],
        "terms": terms,
        "brackets": [{"from_age": 0, "until_age": 3}, {"from_age": 3, "until_age": 12}],
        "sold_from": "2027-03-01",
        "sold_until": "2027-12-31",
    }
    answer = await revenue.send("POST", "/rate-plans", plan)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert answer.headers["ETag"] == '"1"'
    read = await revenue.client.get(answer.headers["Location"], headers=revenue.headers)
    assert read.json() == made
    for name, value in plan.items():
        if name != "terms":
            assert made[name] == value, name
    for name, value in terms.items():
        if name not in ("conditions", "supplements"):
            assert made["terms"][name] == value, name
    assert made["terms"]["conditions"]["arrival_weekdays"] == ["fri", "sat"]
    assert made["terms"]["supplements"][0]["amount"] == "50.00"
    assert [each["code"] for each in await revenue.done("GET", "/rate-plans")] == ["FAMILY"]


async def test_ages_that_a_plan_has_no_bracket_for_are_told(revenue: RevenueDesk) -> None:
    brackets = [{"from_age": 2, "until_age": 6}, {"from_age": 8, "until_age": 12}]
    flex = await revenue.plan("FLEX", brackets=brackets)

    async def unpriced(**change: object) -> list[tuple[int, int]]:
        told = await revenue.done("PATCH", f"/rate-plans/{flex}", change)
        return [(each["from_age"], each["until_age"]) for each in told["unpriced_ages"]]

    assert await unpriced() == [(0, 2), (6, 8), (12, 18)]
    assert await unpriced(terms={"adult_from": 12}) == [(0, 2), (6, 8)]
    assert await unpriced(terms={"conditions": {"min_child_age": 3, "max_child_age": 7}}) == [(6, 7)]
    assert await unpriced(terms={"conditions": {"children": False}}) == []
    assert await unpriced(terms={}, brackets=[{"from_age": 0, "until_age": 18}]) == []
    assert await unpriced(brackets=[]) == [(0, 18)]


async def test_all_that_is_wrong_with_a_plan_is_named_at_once(revenue: RevenueDesk) -> None:
    wrong = {
        "code": "ODD",
        "name": "Odd",
        "basis": "person",
        "cancellation_policy_id": 2**31 - 1,
        "brackets": [{"from_age": 3, "until_age": 12}, {"from_age": 0, "until_age": 4}],
        "sold_from": "2027-05-01",
        "sold_until": "2027-05-01",
        "derivation": {"parent_plan_id": await revenue.plan("FLEX"), "step": "0"},
        "terms": {
            "family": {"max_age": 12, "min_count": 1, "free": 2},
            "free_nights": {"required": 7, "free": 1, "pattern": "PPF"},
            "conditions": {"min_nights": 5, "max_nights": 2},
            "supplements": [
                {"code": "A", "name": "A", "charge": "stay", "amount": "-1"},
                {"code": "A", "name": "A", "charge": "stay", "amount": "1"},
            ],
        },
    }
    assert problems_of(await revenue.send("POST", "/rate-plans", wrong)) == {
        "/cancellation_policy_id": "unknown_policy",
        "/brackets/1/from_age": "brackets_overlap",
        "/brackets": "brackets_of_parent",
        "/basis": "basis_of_parent",
        "/sold_until": "end_not_after_start",
        "/derivation/step": "step_not_positive",
        "/terms/family/free": "least_above_most",
        "/terms/free_nights/pattern": "pattern_differs",
        "/terms/conditions/max_nights": "least_above_most",
        "/terms/supplements/0/amount": "negative_price",
        "/terms/supplements/1/code": "named_twice",
    }


async def test_a_derived_plan_says_how_it_follows_its_parent(revenue: RevenueDesk) -> None:
    flex = await revenue.plan("FLEX", basis="person")
    made = await revenue.done(
        "POST",
        "/rate-plans",
        {
            "code": "NONREF",
            "name": "Not refundable",
            "derivation": {
                "parent_plan_id": flex,
                "factor": "0.9",
                "amount": "-5",
                "rounding": "down",
                "step": "0.50",
                "inherits": ["closed", "min_stay_arrival"],
            },
        },
    )
    assert made["basis"] == "person"
    assert made["derivation"] == {
        "parent_plan_id": flex,
        "factor": "0.9",
        "amount": "-5.00",
        "rounding": "down",
        "step": "0.50",
        "inherits": ["closed", "min_stay_arrival"],
    }
    freed = await revenue.done("PATCH", f"/rate-plans/{made['id']}", {"derivation": None})
    assert (freed["derivation"], freed["version"]) == (None, 2)


async def test_a_derived_plan_follows_the_terms_that_it_leaves_out(revenue: RevenueDesk) -> None:
    family = {"max_age": 12, "min_count": 2, "free": 1}
    flex = await revenue.plan("FLEX", terms={"family": family})
    free = await revenue.derived("FREE", flex)
    own = await revenue.plan("OWN", derivation={"parent_plan_id": flex}, terms={"family": None, "adult_from": 16})

    async def terms(plan: int) -> Json:
        told: Json = (await revenue.done("GET", f"/rate-plans/{plan}"))["terms"]
        return told

    whole = await terms(flex)
    assert (whole["family"], whole["adult_from"], whole["supplements"]) == (family, 18, [])
    assert (await terms(free), await terms(own)) == ({}, {"family": None, "adult_from": 16})
    listed = {each["id"]: each["terms"] for each in await revenue.done("GET", "/rate-plans")}
    assert listed == {flex: whole, free: {}, own: {"family": None, "adult_from": 16}}
    changed = await revenue.done("PATCH", f"/rate-plans/{own}", {"terms": {"full_payers": True}})
    assert (changed["terms"], changed["version"]) == ({"full_payers": True}, 2)
    await revenue.done("PATCH", f"/rate-plans/{own}", {"terms": {}})
    assert await terms(own) == {}
    # One that follows nobody has all of its terms itself, as a plan has that was never derived.
    freed = await revenue.done("PATCH", f"/rate-plans/{free}", {"derivation": None})
    assert freed["terms"] == {**whole, "family": None}


async def test_no_cycle_no_deeper_than_three_and_no_rates_of_its_own(revenue: RevenueDesk) -> None:
    plans = [await revenue.plan("ROOT")]
    for depth in range(1, 4):
        plans.append(await revenue.derived(f"D{depth}", plans[-1]))
    too_deep = {"code": "D4", "name": "D4", "derivation": {"parent_plan_id": plans[3]}}
    problem_of(await revenue.send("POST", "/rate-plans", too_deep), 409, "rate_plan_too_deep")

    async def hang(plan: int, below: int) -> httpx.Response:
        return await revenue.send("PATCH", f"/rate-plans/{plan}", {"derivation": {"parent_plan_id": below}})

    for plan, below in ((plans[0], plans[3]), (plans[0], plans[0]), (plans[1], plans[2])):
        problem_of(await hang(plan, below), 409, "rate_plan_cycle")
    named = problem_of(await hang(plans[0], plans[2]), 409, "rate_plan_cycle")["detail"]
    chain = "from D2, which is derived from D1, which is derived from ROOT"
    assert named.startswith(f"Plan ROOT would be derived from itself: {chain}.")
    # The chain below a plan comes with it: ROOT has three below it, so it cannot hang below another one.
    other = await revenue.plan("OTHER")
    problem_of(await hang(plans[0], other), 409, "rate_plan_too_deep")
    priced = await revenue.plan("PRICED")
    await revenue.priced(revenue.season(priced, "twin", "2027-05-01", "2027-05-02", "100"))
    problem_of(await hang(priced, other), 409, "rate_plan_has_rates")
    assert problems_of(await revenue.price(revenue.season(plans[1], "twin", "2027-05-01", "2027-05-02", "100"))) == {
        "/seasons/0/rate_plan_ids/0": "rate_plan_derived"
    }


async def test_brackets_stay_while_prices_stand_at_their_positions(revenue: RevenueDesk) -> None:
    flex = await revenue.plan("FLEX", brackets=[{"from_age": 0, "until_age": 12}])
    season = {**revenue.season(flex, "double", "2027-05-01", "2027-05-03", "100"), "children": ["30"]}
    await revenue.priced(season)
    younger = {"brackets": [{"from_age": 0, "until_age": 6}]}
    problem_of(await revenue.send("PATCH", f"/rate-plans/{flex}", younger), 409, "rate_plan_has_rates")
    await revenue.priced({**season, "children": []})
    assert (await revenue.done("PATCH", f"/rate-plans/{flex}", younger))["brackets"] == younger["brackets"]


async def test_past_nights_do_not_keep_brackets_and_their_prices_go_over_where_ages_are_the_same(
    revenue: RevenueDesk, clock: FixedClock
) -> None:
    ages = [{"from_age": 0, "until_age": 3}, {"from_age": 3, "until_age": 12}]
    flex = await revenue.plan("FLEX", brackets=ages)
    children: dict[str, list[str | None]] = {"double": ["0.00", "30.00"], "twin": ["5.00", None]}
    for code, amounts in children.items():
        season = revenue.season(flex, code, "2027-03-01", "2027-03-04", "100")
        await revenue.priced({**season, "children": amounts})
    path = f"/rate-plans/{flex}"
    split = {"brackets": [*ages[:1], {"from_age": 3, "until_age": 6}, {"from_age": 6, "until_age": 13}]}
    clock.set(NOW + timedelta(days=2))
    refused = problem_of(await revenue.send("PATCH", path, split), 409, "rate_plan_has_rates")
    assert refused["detail"].startswith("Rates of plan FLEX price children by its brackets, from 2027-03-03 to ")

    async def told() -> dict[str, list[list[str | None]]]:
        found = await revenue.done("GET", f"/rates?starts_on=2027-03-01&ends_on=2027-03-04&rate_plan_id={flex}")
        named = {each.id: code for code, each in revenue.hotel.types.items()}
        return {named[each["room_type_id"]]: each["children"] for each in found["rates"]}

    assert await told() == {code: [amounts] * 3 for code, amounts in children.items()}
    clock.set(NOW + timedelta(days=3))
    assert (await revenue.done("PATCH", path, split))["brackets"] == split["brackets"]
    # Who is 12 had no price, so that the bracket from 6 has none now: nothing is guessed.
    assert await told() == {"double": [["0.00", "30.00", None]] * 3, "twin": [["5.00", None, None]] * 3}
    await revenue.done("PATCH", path, {"brackets": [{"from_age": 0, "until_age": 12}]})
    assert await told() == {"double": [[]] * 3, "twin": [[]] * 3}


async def test_a_plan_is_changed_by_who_read_it_and_retires_after_those_below_it(revenue: RevenueDesk) -> None:
    flex = await revenue.plan("FLEX")
    child = await revenue.derived("CHILD", flex)
    path = f"/rate-plans/{flex}"
    assert (await revenue.done("PATCH", path, {"name": "Flexible"}))["version"] == 2
    stale = await revenue.send("PATCH", path, {"name": "Fixed"}, If_Match='"1"')
    problem_of(stale, 409, "stale_version")
    assert (await revenue.done("PATCH", path, {"name": "Flexible"}))["version"] == 2
    said = problem_of(await revenue.send("POST", f"{path}/retire"), 409, "rate_plan_has_derived")["detail"]
    assert "CHILD" in said
    await revenue.done("POST", f"/rate-plans/{child}/retire")
    assert (await revenue.done("POST", f"{path}/retire"))["retired_at"] is not None
    assert await revenue.done("GET", "/rate-plans") == []
    assert len(await revenue.done("GET", "/rate-plans?retired=true")) == 2
    problem_of(await revenue.send("PATCH", path, {"name": "Back"}), 409, "rate_plan_retired")
    below = {"code": "LATE", "name": "Late", "derivation": {"parent_plan_id": flex}}
    problem_of(await revenue.send("POST", "/rate-plans", below), 409, "rate_plan_retired")


async def test_a_policy_is_replaced_and_plans_follow_it(revenue: RevenueDesk) -> None:
    free = {"kind": "cancellation", "code": "FREE", "name": "Free"}
    first = await revenue.done("POST", "/rate-policies", free)
    problem_of(await revenue.send("POST", "/rate-policies", free), 409, "rate_code_taken")
    flex = await revenue.plan("FLEX", cancellation_policy_id=first["id"])
    wrong_kind = {"no_show_policy_id": first["id"]}
    assert problems_of(await revenue.send("PATCH", f"/rate-plans/{flex}", wrong_kind)) == {
        "/no_show_policy_id": "unknown_policy"
    }
    path = f"/rate-policies/{first['id']}/versions"
    second = await revenue.done("POST", path, {"name": "A night", "fees": [{"percent": 100, "nights": 1}]})
    assert (second["version"], second["code"]) == (2, "FREE")
    assert (await revenue.done("GET", f"/rate-plans/{flex}"))["cancellation_policy_id"] == second["id"]
    assert await revenue.done("GET", f"/rate-policies/{first['id']}") == first
    negative = {"name": "Odd", "fees": [{"amount": "-1"}]}
    assert problems_of(await revenue.send("POST", path, negative)) == {"/fees/0/amount": "negative_price"}


async def test_who_does_not_come_owes_one_fee(revenue: RevenueDesk) -> None:
    odd = {"kind": "no_show", "code": "NS", "name": "No-show", "fees": [{"hours": 3}, {"percent": 100}]}
    assert problems_of(await revenue.send("POST", "/rate-policies", odd)) == {
        "/fees/0": "one_fee_of_no_show",
        "/fees/1": "one_fee_of_no_show",
    }
