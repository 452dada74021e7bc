"""Letters as files, for the demo and for trying things out."""

import asyncio
import os
import secrets
from pathlib import Path

from omd.infra.mail.letter import Letter, MailNotSent
from omd.kernel.clock import Clock


class FileMailer:
    """Writes each letter into a private folder as an `.eml` file, which mail programs open."""

    def __init__(self, folder: Path, *, sender: str, clock: Clock) -> None:
        self._folder = folder
        self._sender = sender
        self._clock = clock

    async def send(self, letter: Letter) -> None:
        """Write the letter; raise `MailNotSent` when it cannot be."""
        await asyncio.to_thread(self._write, letter)

    def _write(self, letter: Letter) -> None:
        now = self._clock.now()
        file = self._folder / f"{now:%Y%m%dT%H%M%S}-{letter.kind}-{secrets.token_hex(4)}.eml"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
                output.write(letter.message(self._sender, now).as_bytes())
        except (OSError, ValueError) as error:
            raise MailNotSent(f"{type(error).__name__} writing into {self._folder}") from error
