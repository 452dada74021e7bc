"""What the demo prints when it serves."""

from datetime import timedelta

import msgspec
from rich.console import Console

from omd.entrypoints.demo.tokens import DemoTokens
from omd.entrypoints.mailing import MAIL_FOLDER
from omd.entrypoints.settings import Settings
from omd.kernel.clock import Clock


def print_welcome(console: Console, settings: Settings, tokens: DemoTokens, clock: Clock) -> None:
    """Print where the demo is served, the tokens that open it, and two commands that work as pasted."""
    base = settings.listens_at
    hotel = f"{base}/api/v1/businesses/{tokens.business_id}"
    sign_in = f"curl -s -H 'Authorization: Bearer {tokens.business_token}'"
    arrival = clock.now().date() + timedelta(days=14)
    departure = arrival + timedelta(days=3)
    stay = {"room_type_id": tokens.room_type_id, "arrival": arrival, "departure": departure, "adults": 2}
    guests = [{"first_name": "Ana", "last_name": "Popescu"}]
    body = msgspec.json.encode({**stay, "guests": guests}).decode()
    lines = [
        "",
        f"  API        {base}/api/v1",
        f"  Reference  {base}/docs",
        f"  Letters    {settings.home / MAIL_FOLDER} (nothing is sent from here)",
        "",
        f"  {tokens.business_name} (hotel {tokens.business_id})",
        f"    token    {tokens.business_token}",
        f"  {tokens.omd_name} (omd {tokens.omd_id}: sees every hotel's rooms, never a guest)",
        f"    token    {tokens.omd_token}",
        "",
        "What the hotel has free:",
        "",
        f"{sign_in} '{hotel}/availability?arrival={arrival}&departure={departure}&adults=2'",
        "",
        "A reservation (the same key again gives the same answer, not a second reservation):",
        "",
        f"{sign_in} -H 'Content-Type: application/json' -H 'Idempotency-Key: try-{clock.now():%Y%m%d-%H%M%S}' \\",
        f"  -d '{body}' {hotel}/reservations",
        "",
        "Ctrl-C stops everything.",
    ]
    for line in lines:
        # Whole lines, whatever the width of the terminal: they are meant to be pasted.
        console.print(line, markup=False, highlight=False, soft_wrap=True)
