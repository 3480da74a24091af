"""Addresses of the service and their files in a static copy: which pages belong to it, and what each is called.

A page in another language, under another rule or about another layer is a file of its own. What needs a running service
(other walking profiles, searches, everything for staff) is not in a copy: links to it lose their address.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

COPY_MARK = "lifecircle.copy"
"""Stands in the environment of a request that is made for a copy."""
PAGE_PREFIXES = ("/planner/", "/map/", "/network/", "/reports", "/sheet/", "/about")
ASSET_PREFIXES = ("/static/", "/frame/")
_KEPT = ("layer", "rule")
_DEFAULTS = {"profile": "planning", "samples": "1"}
_FILE_ENDINGS = (".json", ".csv", ".xlsx", ".pdf", ".svg", ".js", ".css", ".png")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class CopyAddress:
    """An address that has a file in the copy: what the service is asked for, and the file's path in the copy."""

    ask: str
    file: str


def copy_address(link: str, language: str, here: str = "/") -> CopyAddress | None:
    """Return what a link of a page in `language` leads to in the copy, None where it leads out of it.

    Args:
        link: As it stands in the page: path, with or without query.
        language: zh or en; a link with `lang` names its own.
        here: Path of the page, for links that are a query alone.
    """
    parts = urlsplit(link)
    path = parts.path or here
    if parts.scheme or parts.netloc or not path.startswith("/"):
        return None
    if path.startswith(ASSET_PREFIXES):
        return CopyAddress(path, path.lstrip("/"))
    if path not in ("/", "/about") and not path.startswith(PAGE_PREFIXES):
        return None
    query = dict(parse_qsl(parts.query))
    spoken = query.pop("lang", language)
    query = {name: value for name, value in query.items() if _DEFAULTS.get(name) != value}
    if set(query) - set(_KEPT) or spoken not in ("zh", "en"):
        return None
    asked = dict(sorted(query.items()))
    return CopyAddress(f"{path}?{urlencode({**asked, 'lang': spoken})}", f"{spoken}{_file(path, asked)}")


def relative(file: str, from_file: str) -> str:
    """Return the link to a file of the copy from another one."""
    return posixpath.relpath(file, posixpath.dirname(from_file) or ".")


def _file(path: str, query: dict[str, str]) -> str:
    """Return the name of a file: the path, with what the query chooses before its ending."""
    told = "".join(f".{name}-{_UNSAFE.sub('_', value)}" for name, value in query.items())
    stem, ending = posixpath.splitext(path)
    if ending in _FILE_ENDINGS:
        return f"{stem}{told}{ending}"
    return f"{'/index' if path == '/' else path.rstrip('/')}{told}.html"
