"""Folders and files of the embedded servers: nobody else reads them, and sockets get a path short enough."""

import hashlib
import os
import stat
from pathlib import Path

from omd.db.embedded.errors import EmbeddedServerFailed
from omd.db.embedded.identity import Identity

SOCKET_PATH_BYTES = 103  # macOS takes 103 bytes, Linux 107: sun_path of sockaddr_un without its final zero
SHORT_FOLDER = Path("/tmp")  # noqa: S108 - the folder made in it is private, and its owner is checked


def socket_folder(data_dir: Path, socket_name: str) -> Path:
    """Return the folder of a server's socket: in the data folder, else a short one that its path decides."""
    inside = data_dir / "run"
    if len(os.fsencode(inside / socket_name)) <= SOCKET_PATH_BYTES:
        return inside
    digest = hashlib.blake2b(os.fsencode(data_dir), digest_size=10).hexdigest()
    return SHORT_FOLDER / f"omd-{digest}"


def make_private(folder: Path, identity: Identity) -> None:
    """Make a folder that only the user of `identity` enters (mode 0700), or check that it is one.

    Raises EmbeddedServerFailed if somebody else owns what stands there: in a folder that all may write to,
    a stranger could have put it there first.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid not in {identity.uid, os.geteuid()}:
        raise EmbeddedServerFailed(
            f"{folder} is not a folder of {identity.label}. Remove it, or set OMD_HOME to another folder.",
            data={"path": str(folder)},
        )
    if facts.st_uid != identity.uid:
        _hand_over(folder, identity)
    if stat.S_IMODE(facts.st_mode) != 0o700:
        folder.chmod(0o700)


def _hand_over(folder: Path, identity: Identity) -> None:
    """Give a folder and all in it to the user of `identity`, the top last: a broken run begins anew."""
    for parent, folders, files in os.walk(folder, topdown=False):
        for name in (*folders, *files):
            os.chown(Path(parent) / name, identity.uid, identity.gid, follow_symlinks=False)
    os.chown(folder, identity.uid, identity.gid, follow_symlinks=False)


def write_private(path: Path, text: str, identity: Identity) -> bool:
    """Replace a file of ours at once by `text`, if it reads differently; return whether it did.

    A full disk leaves the old file as it was. The file is always a new one, so that a link which stands in
    its place is not followed.
    """
    if path.is_file() and path.read_text(encoding="utf-8", errors="replace") == text:
        return False
    fresh = path.with_name(f"{path.name}.new")
    with os.fdopen(create_private(fresh, identity), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
    return True


def create_private(path: Path, identity: Identity) -> int:
    """Create an empty file for the user of `identity` in the place of any older; return its descriptor."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if identity.uid != os.geteuid():
        os.fchown(descriptor, identity.uid, identity.gid)
    return descriptor


def remove_if_empty(folder: Path) -> None:
    """Remove a folder that holds nothing; leave any other."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def last_lines(path: Path, start: int = 0, count: int = 8) -> list[str]:
    """Return the last lines of a log, from byte `start` on; none where there is no log."""
    if not path.is_file():
        return []
    with path.open("rb") as file:
        file.seek(max(start, path.stat().st_size - 16_384))
        text = file.read().decode("utf-8", "replace")
    return [line for line in text.splitlines() if line.strip()][-count:]
