"""PostgreSQL for the tests: Debian's packages, and a private server that lives in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .checkout import Checkout
from .progress import SetupError, Step, run_step, say

_DEBIAN_FOLDER = Path("/usr/lib/postgresql")
_USER = "lifecircle"
_STARTING_S = 60


def find() -> Path | None:
    """Return the folder with PostgreSQL's programs: LIFECIRCLE_POSTGRESQL, Debian's newest, or that on the path."""
    chosen = os.environ.get("LIFECIRCLE_POSTGRESQL")
    if chosen:
        return Path(chosen)
    debian = [path for path in _DEBIAN_FOLDER.glob("*/bin") if (path / "initdb").is_file()]
    if debian:
        return max(debian, key=lambda path: float(path.parent.name))
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def install_if_possible(checkout: Checkout) -> None:
    """Install PostgreSQL on Debian as root; elsewhere, or where that fails, say that its tests will not run."""
    if find():
        return
    if not (Path("/etc/debian_version").is_file() and shutil.which("apt-get") and os.geteuid() == 0):
        say(
            "No PostgreSQL here: the tests of the store run on SQLite only. On Debian or Ubuntu: apt install postgresql"
        )
        return
    try:
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", "postgresql"]):
            _apt(checkout, arguments)
    except SetupError as error:
        say(f"{error}\nPostgreSQL could not be installed: the store is tested on SQLite only.")


@contextmanager
def private_server() -> Iterator[str]:
    """Start a server in a temporary folder, reached by a socket in it alone, and give the address of a store on it.

    `NAME` stands in the address where the name of a database goes. The server ends with the block.

    Raises:
        SetupError: it cannot be started; the text tells why.
    """
    programs = find()
    if programs is None:
        raise SetupError("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="lcpg-", dir="/tmp"))  # the path of a socket must be short
    owner = _server_user()
    try:
        _give(folder, owner)
        _run(
            [programs / "initdb", "-D", folder / "data", "-U", _USER, "-A", "trust", "-E", "UTF8", "-N"], owner, folder
        )
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c max_connections=60 -c fsync=off"
        control = [programs / "pg_ctl", "-D", folder / "data", "-w"]
        _run([*control, "-t", _STARTING_S, "-l", folder / "log", "-o", options, "start"], owner, folder)
        try:
            yield f"postgresql+psycopg://{_USER}@/NAME?host={folder}"
        finally:
            _run([*control, "-m", "immediate", "stop"], owner, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _server_user() -> str | None:
    """Return the user to run the server as: PostgreSQL refuses to run as root. None: whoever we are."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


def _give(folder: Path, owner: str | None) -> None:
    if owner is not None:
        entry = pwd.getpwnam(owner)
        os.chown(folder, entry.pw_uid, entry.pw_gid)


def _run(command: list[object], owner: str | None, folder: Path) -> None:
    """Run one of PostgreSQL's programs as `owner`; SetupError with what it said where it fails."""
    log = folder / "program.log"
    with log.open("ab") as output:
        code = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=owner,
            group=None if owner is None else pwd.getpwnam(owner).pw_gid,
            extra_groups=None if owner is None else [],
            cwd=folder,
            check=False,
        ).returncode
    if code != 0:
        raise SetupError(f"{command[0]} ended with {code}: {log.read_text(errors='replace')[-2000:]}")


def _apt(checkout: Checkout, arguments: list[str]) -> None:
    """Run apt-get, which must ask nothing."""
    run_step(
        Step(
            what=f"PostgreSQL for the tests: apt-get {arguments[0]}",
            command=["apt-get", *arguments],
            log=checkout.log(f"postgresql-{arguments[0]}"),
            hint="Install it by hand and start again",
            folder=checkout.root,
            environment={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    )
