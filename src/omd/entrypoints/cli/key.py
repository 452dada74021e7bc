"""omd key: the keys that encrypt what the database must not read."""

from collections.abc import Awaitable, Callable

import typer

from omd.db import Database
from omd.entrypoints.jobs import SEND_MAIL
from omd.entrypoints.secret_keys import keys_for
from omd.entrypoints.settings import load_settings
from omd.features.folios.cards.accounts import renew_payment_accounts
from omd.features.identity import list_omds, system_actor
from omd.features.identity.people.renewal import renew_second_factors
from omd.features.reservations import renew_documents
from omd.infra.command_line import command_context, refusals_as_exit
from omd.infra.jobs import renew_payloads
from omd.infra.keyring import Keyring, Renewed
from omd.infra.webhooks import renew_webhook_secrets
from omd.kernel.actor import Actor

key_app = typer.Typer(no_args_is_help=True, help="Make the keys of OMD_SECRET_KEYS, and move what they encrypt.")


@key_app.callback()
def describe() -> None:
    """Make the keys of OMD_SECRET_KEYS: the first encrypts, each decrypts, so put a new one in front of the old."""


@key_app.command()
def create() -> None:
    """Print a new key. Nothing else keeps it."""
    typer.echo(Keyring.make_key())


@key_app.command()
def renew(ctx: typer.Context) -> None:
    """Encrypt all that is kept under the first key of OMD_SECRET_KEYS, after which the others may go.

    Documents of guests, secrets of second factors, of webhooks and of payment accounts, and letters that wait. Runs
    beside the servers, which need to know the new key already. Exit code 1 when something could not be read: its key
    is in none of OMD_SECRET_KEYS.
    """
    context = command_context(ctx)

    async def work(keyring: Keyring) -> dict[str, Renewed]:
        async with (
            context.maintenance_database() as maintenance,
            context.app_database() as app,
            context.relay_database() as relay,
        ):
            return {
                "document numbers": await renew_documents(maintenance, keyring),
                "second factors": await renew_second_factors(maintenance, app, keyring),
                "webhooks": await _renew_of_hotels(maintenance, app, keyring, renew_webhook_secrets),
                "payment accounts": await _renew_of_hotels(maintenance, app, keyring, renew_payment_accounts),
                "letters": await renew_payloads(relay, [SEND_MAIL], keyring),
            }

    with refusals_as_exit():
        done = context.run(work(Keyring.parse(keys_for(load_settings()))))
    for what, counts in done.items():
        typer.echo(f"{counts.renewed} {what} were encrypted anew, {counts.unreadable} cannot be read.")
    if any(counts.unreadable for counts in done.values()):
        typer.echo("Put the key of what cannot be read back behind the newest of OMD_SECRET_KEYS.", err=True)
        raise typer.Exit(1)


async def _renew_of_hotels(
    maintenance: Database,
    app: Database,
    keyring: Keyring,
    renew_of: Callable[[Database, Actor, Keyring], Awaitable[Renewed]],
) -> Renewed:
    async with maintenance.reading(None) as tx:
        omds = [omd.id for omd in await list_omds(tx)]
    renewed = unreadable = 0
    for omd_id in omds:
        done = await renew_of(app, await system_actor(maintenance, omd_id), keyring)
        renewed, unreadable = renewed + done.renewed, unreadable + done.unreadable
    return Renewed(renewed, unreadable)
