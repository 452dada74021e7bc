"""What staff did at the way in, read by whoever administers the hotel or destination, and by nobody else."""

from datetime import timedelta
from typing import Any

from omd.kernel.clock import FixedClock
from support.browsers import Browser, Site
from support.front_desk import problem_of
from support.worlds import World

OWNER, CLERK, ADMINISTRATOR = "olga@example.com", "ana@grand.example", "alma@example.com"


async def listed(browser: Browser, path: str) -> list[dict[str, Any]]:
    """Return what the list says."""
    answer = await browser.ask("GET", path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def owner_of_grand(site: Site, world: World) -> Browser:
    """Sign the owner of `grand` in."""
    await site.give_role(await site.person(OWNER, name="Olga"), world.alpha.id, world.grand.id, "owner")
    return await site.signed_in(OWNER)


async def test_an_owner_sees_who_came_in_and_who_failed(site: Site, ana: int, world: World, clock: FixedClock) -> None:
    owner, path = await owner_of_grand(site, world), f"/businesses/{world.grand.id}/sign-ins"
    await site.browser().sign_in(CLERK, "wrong")
    clock.set(clock.now() + timedelta(minutes=1))
    await site.signed_in(CLERK)
    found = await listed(owner, path)
    assert [(each["kind"], each["outcome"], each["name"]) for each in found] == [
        ("sign_in", "ok", "Ana Popescu"),
        ("sign_in", "sign_in_refused", "Ana Popescu"),
        ("sign_in", "ok", "Olga"),
    ]
    assert {each["address"] for each in found} == {"192.0.2.7"}
    since = clock.now().isoformat().replace("+00:00", "Z")
    assert [each["user_id"] for each in await listed(owner, f"{path}?since={since}")] == [ana]
    assert [each["outcome"] for each in await listed(owner, f"{path}?user_id={ana}&until={since}")] == [
        "sign_in_refused"
    ]
    first = await owner.ask("GET", f"{path}?limit=2")
    assert [each["name"] for each in first.json()] == ["Ana Popescu", "Ana Popescu"]
    assert 'rel="next"' in first.headers["link"]


async def test_who_works_elsewhere_is_seen_there_only(site: Site, ana: int, world: World) -> None:
    """Ana's role in another destination begins after the one of `grand`: that is where she works until she switches."""
    await site.give_role(ana, world.beta.id, world.harbour.id, "receptionist")
    stranger = await site.person("hanna@example.com", name="Hanna")
    await site.give_role(stranger, world.beta.id, world.harbour.id, "owner")
    hanna, path = await site.signed_in("hanna@example.com"), f"/businesses/{world.harbour.id}/sign-ins"
    clerk = await site.signed_in(CLERK)
    assert [each["name"] for each in await listed(hanna, path)] == ["Hanna"]
    await clerk.ask("POST", "/session/switch", {"omd_id": world.beta.id})
    assert [(each["name"], each["kind"]) for each in await listed(hanna, path)] == [
        ("Ana Popescu", "switch"),
        ("Hanna", "sign_in"),
    ]


async def test_whose_role_has_ended_is_not_listed(site: Site, ana: int, world: World) -> None:
    owner = await owner_of_grand(site, world)
    await site.signed_in(CLERK)
    await site.end_roles(ana)
    found = await listed(owner, f"/businesses/{world.grand.id}/sign-ins")
    assert {each["name"] for each in found} == {"Olga"}


async def test_a_destination_sees_its_own_people_and_no_hotels(site: Site, ana: int, world: World) -> None:
    await site.give_role(await site.person(ADMINISTRATOR, name="Alma"), world.alpha.id, None, "omd_administrator")
    alma = await site.signed_in(ADMINISTRATOR)
    await site.signed_in(CLERK)
    assert {each["name"] for each in await listed(alma, f"/omds/{world.alpha.id}/sign-ins")} == {"Alma"}
    problem_of(await alma.ask("GET", f"/businesses/{world.grand.id}/sign-ins"), 403, "not_allowed")
    clerk = await site.signed_in(CLERK)
    problem_of(await clerk.ask("GET", f"/businesses/{world.grand.id}/sign-ins"), 403, "not_allowed")
    assert ana
