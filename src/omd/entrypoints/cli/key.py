"""omd key: the keys that encrypt what the database must not read."""

import typer

from omd.infra.keyring import Keyring

key_app = typer.Typer(no_args_is_help=True, help="Make the keys of OMD_SECRET_KEYS.")


@key_app.callback()
def describe() -> None:
    """Make the keys of OMD_SECRET_KEYS: the first encrypts, each decrypts, so put a new one in front of the old."""


@key_app.command()
def create() -> None:
    """Print a new key. Nothing else keeps it."""
    typer.echo(Keyring.make_key())
