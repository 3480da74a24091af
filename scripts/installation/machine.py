"""What the machine must have. Each check returns one clear line about what is missing, or None."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import sys
from pathlib import Path

MEGABYTE = 1_000_000


def python_problem(version: tuple[int, int]) -> str | None:
    """Return what is wrong with this (major, minor) version of Python."""
    if (3, 11) <= version <= (3, 14):
        return None
    major, minor = version
    return f"Python 3.11 to 3.14; this is {major}.{minor}. On Debian or Ubuntu: apt install python3 python3-venv"


def venv_problem() -> str | None:
    """Return what this Python lacks for making a virtual environment; Debian ships the parts separately."""
    absent = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if not absent:
        return None
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    return (
        f"this Python ({sys.executable}) has no {' and no '.join(absent)}. On Debian or Ubuntu: apt install {package}"
    )


def disk_problem(folder: Path, needed_bytes: int) -> str | None:
    """Return what is wrong with the free space at `folder`, or at the nearest folder above it that exists."""
    free_bytes = shutil.disk_usage(_existing(folder)).free
    if free_bytes >= needed_bytes:
        return None
    needed, free = needed_bytes // MEGABYTE, free_bytes // MEGABYTE
    return f"{needed} MB of disk at {folder}; {free} MB are free. Free some space, or clone to another disk"


def writable_problem(folder: Path) -> str | None:
    """Return what is wrong when nothing can be written at `folder`."""
    if os.access(_existing(folder), os.W_OK | os.X_OK):
        return None
    return f"the right to write at {folder}. Change its owner, or name another folder with --instance"


def port_problem(host: str, port: int) -> str | None:
    """Return why nothing can listen at `host` and `port`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        return f"an address of this machine called {host}. Give another with --host"
    with socket.socket(family, kind, protocol) as probe:
        # The server sets it too: without it a port would look taken for a minute after the last server ended.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except PermissionError:
            return f"the right to listen on port {port}. Give one above 1023 with --port"
        except OSError as error:
            return f"a free port: {host}:{port} cannot be used ({error.strerror}). Give another with --port"
    return None


def _existing(folder: Path) -> Path:
    """Return `folder`, or the nearest folder above it that exists."""
    return next(candidate for candidate in (folder, *folder.parents) if candidate.exists())
