"""Stamps: what a step of the set-up was done from, so that it is done once and again only when its inputs change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(paths: Iterable[Path], *words: str) -> str:
    """Return the SHA-256 (hex) over the names and bytes of all files at or under `paths`, and over `words`.

    A path that does not exist is like an empty folder; what Python leaves behind when it runs does not count.
    """
    total = hashlib.sha256()
    for word in words:
        total.update(f"word {word}\0".encode())
    for path in paths:
        for file in _files(path):
            total.update(f"file {file.relative_to(path.parent).as_posix()}\0".encode())
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _files(path: Path) -> list[Path]:
    """Return `path` itself, or every file under it."""
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)


def is_current(stamp: Path, expected: str) -> bool:
    """Return whether the step of `stamp` was last finished from inputs of this digest."""
    return stamp.is_file() and stamp.read_text(encoding="utf-8").strip() == expected


def write(stamp: Path, done: str) -> None:
    """Record that the step of `stamp` was finished from inputs of digest `done`; to be called after the step only."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    unfinished = stamp.with_suffix(".new")
    unfinished.write_text(done + "\n", encoding="utf-8")
    unfinished.replace(stamp)
