"""The key that signs cookies: one an instance, made once, readable by the service alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from geo.errors import DataError
from webmap.config import Config

SECRET_FILE = "secret_key"  # noqa: S105 - the name of the file, not the key
_BYTES = 32
_SHORTEST = 32


def read_secret_key(config: Config) -> str:
    """Return the key, made where there is none yet.

    Whichever worker is first makes it: a whole file is linked to its name, which fails where the name is taken, so
    that nobody reads half a key and nobody's key is replaced.

    Raises:
        DataError: it cannot be read or made, or is too short.
    """
    path = config.staff.secret_file or config.instance / SECRET_FILE
    try:
        if not path.exists():
            _make(path)
        key = path.read_text(encoding="ascii").strip()
    except OSError as error:
        remedy = "Make the file and its folder readable and writable for the service, or set LIFECIRCLE_SECRET_FILE"
        raise DataError.single("no_secret_key", str(path), error.strerror or "cannot be read", remedy) from error
    except UnicodeDecodeError:
        key = ""
    if len(key) < _SHORTEST:
        remedy = f"Delete the file, or write {_SHORTEST} random letters and figures or more into it"
        raise DataError.single("bad_secret_key", str(path), "too short, or not plain text", remedy)
    return key


def _make(path: Path) -> None:
    """Write a new key into a file of its own and give it the name, unless another has it by now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"{secrets.token_hex(_BYTES)}\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass  # another worker was first
    finally:
        draft.unlink(missing_ok=True)
