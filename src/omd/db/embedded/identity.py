"""As whom the server programs run: PostgreSQL refuses root, and the product never creates a user."""

import os
import pwd
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from omd.db.embedded import namespace
from omd.db.embedded.errors import EmbeddedServerFailed

FALLBACK_USER = "nobody"


@dataclass(frozen=True)
class Identity:
    """One way to run the server programs.

    `uid` and `gid` own the files. `inner` is who the program believes to be, if that is somebody else.
    """

    label: str
    uid: int
    gid: int
    inner: tuple[int, int] | None = None

    def _command(self, arguments: Sequence[str]) -> list[str]:
        if self.inner is None:
            return list(arguments)
        launcher = [sys.executable, "-I", "-S", namespace.__file__]
        return [*launcher, str(self.inner[0]), str(self.inner[1]), *arguments]

    @property
    def _is_other_user(self) -> bool:
        return self.uid != os.geteuid()

    def run(
        self, arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], seconds: float
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end and return what it printed, its errors in their place among the output."""
        return subprocess.run(
            self._command(arguments),
            check=False,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            start_new_session=True,
            umask=0o077,
            user=self.uid if self._is_other_user else None,
            group=self.gid if self._is_other_user else None,
            extra_groups=[] if self._is_other_user else None,
        )

    def spawn(
        self, arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], output: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        """Start a server in a session of its own, so that a Ctrl-C on our terminal does not reach it."""
        return subprocess.Popen(
            self._command(arguments),
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
            user=self.uid if self._is_other_user else None,
            group=self.gid if self._is_other_user else None,
            extra_groups=[] if self._is_other_user else None,
        )

    def obstacle(self, folder: Path, program: Path) -> str | None:
        """Return why this identity can not enter `folder` or run `program`; None if it can."""
        script = 'cd "$1" || exit 3; exec "$2" --version'
        command = ["/bin/sh", "-c", script, "sh", str(folder), str(program)]
        try:
            probe = self.run(command, cwd=Path("/"), env={}, seconds=60)
        except OSError as error:
            return f"{self.label} cannot be taken on: {error.strerror} ({error.filename})"
        if probe.returncode == 0:
            return None
        if probe.returncode == namespace.FORBIDDEN:
            return probe.stdout.strip()
        target = folder if probe.returncode == 3 else program
        return f"{self.label} cannot reach {self._first_closed_folder(target) or target}"

    def _first_closed_folder(self, path: Path) -> Path | None:
        for folder in (*reversed(path.parents), path):
            facts = folder.stat()
            if facts.st_uid == self.uid:
                needed = stat.S_IXUSR
            elif facts.st_gid == self.gid:
                needed = stat.S_IXGRP
            else:
                needed = stat.S_IXOTH
            if not facts.st_mode & needed:
                return folder
        return None


def choose_identity(data_dir: Path, program: Path, *, refuses_root: bool) -> Identity:
    """Choose as whom `program` serves `data_dir`, whose parent folder must exist.

    An ordinary user runs it as such. Root runs a program that `refuses_root` in a user namespace, where
    root's files belong to an ordinary user; where that is forbidden, as `nobody`. A folder that belongs to an
    ordinary user is served as that user, so that one run as root does not lock the owner out.
    Raises EmbeddedServerFailed, naming the path in the way, where no way is left.
    """
    obstacles = []
    candidates = _candidates(data_dir, refuses_root=refuses_root)
    for candidate in candidates:
        obstacle = candidate.obstacle(data_dir.parent, program)
        if obstacle is None:
            return candidate
        obstacles.append(obstacle)
    raise EmbeddedServerFailed(
        f"The program {program} can not serve {data_dir} here: {'; '.join(obstacles)}. "
        f"Run `omd` as an ordinary user, or set OMD_HOME to a folder that everybody can enter.",
        data={"data_dir": str(data_dir)},
    )


def _candidates(data_dir: Path, *, refuses_root: bool) -> list[Identity]:
    """Return the ways that are worth a try, the best first."""
    uid, gid = os.geteuid(), os.getegid()
    plain = Identity("this user", uid, gid)
    renamed = Identity(f"user {uid} without privileges", uid, gid, inner=_named_user())
    if uid != 0:
        return [plain] if _has_name(uid) or not refuses_root else [renamed, plain]
    facts = data_dir.stat() if data_dir.exists() else None
    if facts is not None and facts.st_uid != 0:
        return [Identity(f"its owner (user {facts.st_uid})", facts.st_uid, facts.st_gid)]
    if not refuses_root:
        return [plain]
    nobody = pwd.getpwnam(FALLBACK_USER)
    return [renamed, Identity(f"the user {FALLBACK_USER}", nobody.pw_uid, nobody.pw_gid)]


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _named_user() -> tuple[int, int]:
    """Return the ids of some ordinary user of this machine: initdb asks for the name of its user."""
    users = sorted((user.pw_uid, user.pw_gid) for user in pwd.getpwall() if user.pw_uid != 0)
    return users[0] if users else (1, 1)
