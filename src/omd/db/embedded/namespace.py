"""Run a program as an ordinary user inside a new user namespace; a script of its own, not for import.

Usage: python -I -S namespace.py UID GID PROGRAM [ARGUMENT ...]

Our own user becomes UID and GID inside; outside nothing changes: files stay ours, and every folder that we
own stays reachable. PostgreSQL refuses to run as root, and initdb refuses a user without a name: both are
content inside. Needs Linux. Exit code 99 says that the kernel or the container forbids it.
"""

import ctypes
import os
import sys
from pathlib import Path
from typing import NoReturn

CLONE_NEWUSER = 0x10000000
FORBIDDEN = 99


def enter_namespace(uid: int, gid: int) -> None:
    """Move this process into a new user namespace in which it is `uid` and `gid`; raises OSError."""
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    # The kernel takes a group map from an unprivileged process only after setgroups is given up.
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1", encoding="ascii")


def main() -> NoReturn:
    """Enter the namespace and become the program."""
    uid, gid, program = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    try:
        enter_namespace(uid, gid)
    except (OSError, AttributeError) as error:
        sys.stderr.write(f"user namespaces are not allowed here ({error})\n")
        sys.exit(FORBIDDEN)
    os.execv(program, sys.argv[3:])  # noqa: S606 - our own caller chose the program


if __name__ == "__main__":
    main()
