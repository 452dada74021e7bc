"""A name server: a process of its own that speaks DNS (RFC 1035) over UDP, and of some names says nothing.

`python -m support.name_server` prints its port, then each question as it comes. Names under `here.test` stand for this
machine, those under `hang.test` are never answered, and there are no others.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from omd.infra.webhooks.names import NameServer

_HERE = dns.name.from_text("here.test.")
_HANG = dns.name.from_text("hang.test.")


class AskedServer:
    """A name server that runs: where it is, and what it was asked."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process = process
        self.at: list[NameServer] = [("127.0.0.1", port)]
        self.asked: list[str] = []

    async def until(self, *names: str) -> None:
        """Wait until it was asked for each of these names."""
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            while not set(names) <= set(self.asked):
                self.asked.append((await self._process.stdout.readline()).decode().strip())


@asynccontextmanager
async def name_server() -> AsyncIterator[AskedServer]:
    """Run a name server for the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "support.name_server"), cwd=Path(__file__).parents[1], stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield AskedServer(process, int(await process.stdout.readline()))
    finally:
        process.kill()
        await process.wait()


def answer_to(asked: bytes) -> bytes | None:
    """Return the answer to a question, None for the one that gets none."""
    query = dns.message.from_wire(asked)
    (question,) = query.question
    sys.stdout.write(f"{question.name.to_text(omit_final_dot=True)}\n")
    sys.stdout.flush()
    if question.name.is_subdomain(_HANG):
        return None
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.RA
    if not question.name.is_subdomain(_HERE):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    elif question.rdtype == dns.rdatatype.A:
        answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "A", "127.0.0.1"))
    return answer.to_wire()


def main() -> None:
    """Answer until killed."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        sys.stdout.write(f"{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        while True:
            asked, who = listening.recvfrom(4096)
            answer = answer_to(asked)
            if answer is not None:
                listening.sendto(answer, who)


if __name__ == "__main__":
    main()
