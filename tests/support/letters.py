"""The letters that wait to be sent, as the worker reads them."""

import msgspec

from omd.entrypoints.jobs import SEND_MAIL
from omd.infra.jobs.queue import context_of
from omd.infra.keyring import Keyring
from omd.infra.mail import Letter
from support.served_app import KEYRING
from support.worlds import Connection


async def waiting_letters(connection: Connection, keyring: Keyring = KEYRING) -> list[Letter]:
    """Return the letters that wait for the worker, the oldest first; those to nobody are none."""
    payloads = await connection.fetch("select payload from jobs where entrypoint = $1 order by id", SEND_MAIL.name)
    opened = [keyring.decrypt(row["payload"], context_of(SEND_MAIL.name)) for row in payloads]
    letters = [msgspec.json.decode(each, type=Letter) for each in opened]
    return [letter for letter in letters if letter.to]
