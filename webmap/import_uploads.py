"""Sheets that staff have brought and not written yet: kept in the instance for a day, each for who brought it alone."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from geo.errors import NotFoundError
from geo.ulid import is_ulid
from webmap.config import Config
from webmap.fresh_ids import fresh_id

FOLDER = "imports"
KEPT_S = 86_400.0
_TOLD_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Upload:
    """One sheet, and what somebody has said about it so far.

    `mapping` is column to property, only where somebody chose; `defaults` are values for rows that say none, as text.
    """

    id: str
    who: str
    name: str
    layer: str
    subdistrict: str
    encoding: str = "utf-8"
    datum: str = ""
    key: str = "auto"
    swapped: bool = False
    mapping: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)


def keep_upload(config: Config, raw: bytes, upload: Upload) -> Upload:
    """Keep a sheet under a new id and return it; sheets of yesterday go."""
    kept = replace(upload, id=fresh_id())
    _forget_old(config)
    folder = _folder(config, kept.id)
    folder.mkdir(parents=True)
    (folder / "sheet").write_bytes(raw)
    keep_choices(config, kept)
    return kept


def keep_choices(config: Config, upload: Upload) -> None:
    """Keep what somebody has said about a sheet."""
    target = _folder(config, upload.id) / "choices.json"
    unfinished = target.with_suffix(".new")
    unfinished.write_text(json.dumps(asdict(upload), ensure_ascii=False), encoding="utf-8")
    unfinished.replace(target)


def read_upload(config: Config, upload_id: str, who: str) -> Upload:
    """Return a sheet of `who`; NotFoundError where there is none of that id, or it is somebody else's."""
    path = _folder(config, upload_id) / "choices.json" if is_ulid(upload_id) else None
    if path is not None and path.is_file():
        found = Upload(**json.loads(path.read_text(encoding="utf-8")))
        if found.who == who:
            return found
    raise NotFoundError("unknown_upload", "upload", "this sheet is not here any more", "Bring it again")


def sheet_bytes(config: Config, upload: Upload) -> bytes:
    """Return the bytes of a sheet."""
    return (_folder(config, upload.id) / "sheet").read_bytes()


def forget_upload(config: Config, upload: Upload) -> None:
    """Take a sheet away, with everything said about it."""
    shutil.rmtree(_folder(config, upload.id), ignore_errors=True)


def progress_writer(config: Config, upload: Upload) -> Callable[[int, int], None]:
    """Return what is told how many rows are done, so that another request can show it."""
    path = _folder(config, upload.id) / "progress.json"
    told_at_s = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal told_at_s
        now_s = time.monotonic()
        if now_s - told_at_s >= _TOLD_EVERY_S or done == total:
            told_at_s = now_s
            path.write_text(json.dumps({"done": done, "total": total}), encoding="utf-8")

    return tell


def read_progress(config: Config, upload: Upload) -> dict[str, int]:
    """Return how many rows of a sheet have been looked at, of how many; zeros before the first."""
    try:
        told = json.loads((_folder(config, upload.id) / "progress.json").read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        told = {}
    return {"done": int(told.get("done", 0)), "total": int(told.get("total", 0))}


def _folder(config: Config, upload_id: str) -> Path:
    return config.instance / FOLDER / upload_id


def _forget_old(config: Config) -> None:
    """Take away the sheets that nobody came back for."""
    folder = config.instance / FOLDER
    for old in folder.iterdir() if folder.is_dir() else ():
        if time.time() - old.stat().st_mtime > KEPT_S:
            shutil.rmtree(old, ignore_errors=True)
