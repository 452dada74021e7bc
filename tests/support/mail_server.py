"""A mail server in this process that speaks as much SMTP (RFC 5321) as a letter needs, and keeps what it takes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class MailServer:
    """Takes letters on a port of its own; with `refusal` it answers that to each letter's recipient."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal
        self.letters: list[bytes] = []
        self.port = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold one conversation."""
        writer.write(b"220 mail.example ESMTP\r\n")
        while (line := await reader.readline()) != b"":
            verb = line[:4].upper()
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                self.letters.append((await reader.readuntil(b"\r\n.\r\n"))[:-5])
                writer.write(b"250 taken\r\n")
            elif verb == b"RCPT" and self.refusal:
                writer.write(f"{self.refusal}\r\n".encode())
            elif verb == b"EHLO":
                writer.write(b"250-mail.example\r\n250 8BITMIME\r\n")
            else:
                writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 yes\r\n")
            await writer.drain()
            if verb == b"QUIT":
                break
        writer.close()


@asynccontextmanager
async def mail_server(refusal: str = "") -> AsyncIterator[MailServer]:
    """Serve until the end of the block."""
    served = MailServer(refusal)
    server = await asyncio.start_server(served.talk, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    async with server:
        yield served
