"""What an attacker tried and got; `docs/security/attacks.md` has the whole list."""

import pytest

from support.browsers import OTHER_PASSWORD, PASSWORD, Site
from support.front_desk import problem_of
from support.roles import acting_as
from support.worlds import Connection, World, hotel_actor

ANA = "ana@grand.example"


async def test_a_changed_password_ends_the_links_that_lead_to_another(site: Site, ana: int) -> None:
    browser = await site.signed_in(ANA)
    await site.browser(address="198.51.100.9").ask("POST", "/password-resets", {"email": ANA})
    token = site.link_token()
    changed = await browser.ask("PUT", "/me/password", {"old_password": PASSWORD, "new_password": OTHER_PASSWORD})
    assert changed.status_code == 200, changed.text
    body = {"token": token, "password": "seven grey geese in a row"}
    problem_of(await site.browser().ask("POST", "/password-resets/redeem", body), 410, "link_not_valid")
    assert (await site.browser().sign_in(ANA, OTHER_PASSWORD)).status_code == 200


async def test_no_disclosure_is_recorded_of_no_hotel(owner_connection: Connection, world: World) -> None:
    async with acting_as(owner_connection, "omd_app", hotel_actor(world.grand)) as connection:
        with pytest.raises(Exception, match="does not read the guests"):
            await connection.execute(
                "select record_disclosure($1, null, 'reservation_guests', 'x', 'read', '{}')", world.alpha.id
            )
