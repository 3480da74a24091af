"""A static copy of the service: pages, maps and files of every subdistrict in both languages, for any web server.

The copy is what a visitor without choices sees, asked of the application itself, page by page. It says on every page
that it is a copy, of which day and which data. Its search is a list of names that a script looks through.
"""

from __future__ import annotations

import json
import posixpath
import shutil
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from selectolax.lexbor import LexborHTMLParser, LexborNode

from geo.errors import DataError
from webmap.config import LANGUAGES, Language
from webmap.copy_links import COPY_MARK, CopyAddress, copy_address, relative
from webmap.past import SHANGHAI
from webmap.security import CONTENT_SECURITY_POLICY
from webmap.snapshot import Snapshot

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

MARK = "copy.json"
_WAY_IN = (
    '<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><title>生活圈</title>'
    '<meta http-equiv="refresh" content="0; url=zh/index.html"><a href="zh/index.html">生活圈</a>'
)
_LINKS = ("href", "src", "data-url", "data-band")
"""Attributes of a page that name an address: of links and files, of a map's data, of a range that comes later."""
_Progress = Callable[[int, int], None]


@dataclass(slots=True)
class _Work:
    """What is still to be asked for, and what was written."""

    folder: Path
    with_pdf: bool
    waiting: deque[tuple[CopyAddress, Language]] = field(default_factory=deque)
    known: set[str] = field(default_factory=set)
    pages: int = 0
    files: int = 0
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What was written: pages, other files, bytes; and links that the service itself answered with an error."""

    pages: int
    files: int
    size_bytes: int
    missing: tuple[str, ...]


def write_copy(app: Flask, folder: Path, now: Snapshot, *, with_pdf: bool, progress: _Progress) -> CopyReport:
    """Write a copy of `app` into a folder; a copy that was there is replaced at the end, in one go.

    Args:
        app: The application.
        folder: New, empty, or an earlier copy.
        now: The snapshot, for the starting pages and the search.
        with_pdf: Whether sheets are set as PDF too, which takes most of the time.
        progress: Called with pages written and pages waiting.

    Raises:
        DataError: the folder holds something else.
    """
    _require_own(folder)
    beside = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    work = _Work(beside, with_pdf)
    for language in LANGUAGES:
        for link in _starts(now):
            _note(work, link, language, "/")
    client = app.test_client(use_cookies=False)
    stamp = datetime.now(SHANGHAI)
    while work.waiting:
        address, language = work.waiting.popleft()
        _copy_one(work, client, address, language, (app, stamp))
        progress(work.pages + work.files, len(work.waiting))
    _finish(work, app, now, stamp)
    if folder.exists():
        shutil.rmtree(folder)
    beside.rename(folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return CopyReport(work.pages, work.files, size, tuple(work.missing))


def _require_own(folder: Path) -> None:
    """Refuse a folder with something in it that is no earlier copy."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())) and not (folder / MARK).is_file():
        remedy = "Name a new folder, an empty one, or an earlier copy"
        raise DataError.single("not_a_copy", str(folder), "it holds something that is no copy", remedy)


def _starts(now: Snapshot) -> list[str]:
    """Return the pages that everything else is found from."""
    places = [f"/planner/{name}" for name in now.places]
    maps = [f"/map/{name}/{layer}" for name in now.places for layer in now.catalog.layers]
    return ["/", "/about", "/reports", *places, *maps, *(f"/network/{name}" for name in now.places)]


def _note(work: _Work, link: str, language: Language, here: str) -> CopyAddress | None:
    """Return what a link leads to in the copy, to be asked for where it is new."""
    address = copy_address(link, language, here)
    if address is not None and address.file.endswith(".pdf") and not work.with_pdf:
        return None
    if address is not None and address.file not in work.known:
        work.known.add(address.file)
        spoken = address.file.split("/", 1)[0]
        work.waiting.append((address, next((one for one in LANGUAGES if one == spoken), language)))
    return address


def _copy_one(
    work: _Work, client: FlaskClient, address: CopyAddress, language: Language, told: tuple[Flask, datetime]
) -> None:
    """Ask for one address and write its file."""
    with closing(client.get(address.ask, environ_overrides={COPY_MARK: True})) as answer:
        raw = answer.get_data()
    if answer.status_code != 200:
        work.missing.append(f"{answer.status_code} {address.ask}")
        return
    if answer.mimetype == "text/html":
        raw = _rewritten(work, answer.get_data(as_text=True), address, language, told).encode()
        work.pages += 1
    else:
        work.files += 1
        if address.file.endswith(".js"):
            _note_imports(work, answer.get_data(as_text=True), address)
        if address.file.endswith(".css"):
            _note_styles(work, answer.get_data(as_text=True), address)
    path = work.folder / address.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)


def _note_imports(work: _Work, script: str, address: CopyAddress) -> None:
    """Note the scripts that a script imports."""
    for part in script.split('from "')[1:]:
        _note(work, _beside(address, part.split('"', 1)[0]), "zh", "/")


def _note_styles(work: _Work, style: str, address: CopyAddress) -> None:
    """Note the images and fonts that a style sheet names."""
    for part in style.split("url(")[1:]:
        name = part.split(")", 1)[0].strip("'\" ")
        if name and not name.startswith(("data:", "#", "http")):
            _note(work, _beside(address, name.split("#")[0].split("?")[0]), "zh", "/")


def _beside(address: CopyAddress, name: str) -> str:
    """Return the path of what a file names relative to itself."""
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(address.file), name))


def _rewritten(work: _Work, html: str, address: CopyAddress, language: Language, told: tuple[Flask, datetime]) -> str:
    """Return a page with links within the copy, without those that lead out of it, and with the copy's banner."""
    page = LexborHTMLParser(html)
    here = address.ask.split("?", 1)[0]
    for script in page.css("script[data-json]"):
        script.decompose()  # it asks the service at every change that somebody tries
    for node in page.css(", ".join(f"[{name}]" for name in _LINKS)):
        for name in _LINKS:
            link = node.attributes.get(name)
            if link is not None and not link.startswith(("#", "data:")):
                _relink(work, node, name, (link, language, here, address.file))
    for form in page.css("form"):
        form.attrs["hidden"] = ""
        form.attrs["action"] = "#"
    _mark_as_copy(page, address.file, language, told)
    return page.html or ""


def _relink(work: _Work, node: LexborNode, name: str, told: tuple[str, Language, str, str]) -> None:
    """Make one link lead to its file, or nowhere."""
    link, language, here, file = told
    found = _note(work, link.split("#", 1)[0], language, here)
    if found is not None:
        anchor = f"#{link.split('#', 1)[1]}" if "#" in link else ""
        node.attrs[name] = relative(found.file, file) + anchor
    elif not link.startswith(("http://", "https://", "mailto:", "tel:")):
        del node.attrs[name]
        if node.tag == "link":
            node.decompose()


def _mark_as_copy(page: LexborHTMLParser, file: str, language: Language, told: tuple[Flask, datetime]) -> None:
    """Put the day of the copy on a page, and the rules of what it may load."""
    app, stamp = told
    policy = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'; ", "")
    with app.test_request_context(f"/?lang={language}"):
        banner = _(
            "这是 %(day)s 做的静态副本，不会自己更新。换步速、找最近的要到原来的服务里去。",
            day=f"{stamp:%Y-%m-%d %H:%M}",
        )
        search = _("在副本里找")
    if page.head is not None:
        meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}"><meta name="robots" content="noindex">'
        _append(page.head, meta)
    link = relative(f"{language}/search.html", file)
    if page.body is not None:
        day = stamp.isoformat()
        text = f'<aside class="copy-banner" data-copied="{day}">{banner} <a href="{link}">{search}</a></aside>'
        _prepend(page.body, text)


def _append(node: LexborNode, html: str) -> None:
    """Put elements at the end of a node."""
    for child in LexborHTMLParser(f"<body>{html}</body>").css("body > *"):
        node.insert_child(child)


def _prepend(node: LexborNode, html: str) -> None:
    """Put elements before the first one in a node."""
    child = LexborHTMLParser(html).body
    first = node.child
    while first is not None and (first.tag or "-").startswith("-"):
        first = first.next
    if child is not None and child.child is not None and first is not None:
        first.insert_before(child.child)


def _finish(work: _Work, app: Flask, now: Snapshot, stamp: datetime) -> None:
    """Write the search, the way in, and what the copy is."""
    from flask import render_template  # noqa: PLC0415

    for language in LANGUAGES:
        names = _names(now, language)
        path = work.folder / language / "search.html"
        with app.test_request_context(f"/?lang={language}"):
            html = render_template("copy_search.html", names=names, stamp=stamp, section="")
        address = CopyAddress(f"/?lang={language}", f"{language}/search.html")
        path.write_text(_rewritten(work, html, address, language, (app, stamp)), encoding="utf-8")
    script = Path(str(app.static_folder)) / "js" / "copy-search.js"
    target = work.folder / "static" / "js" / "copy-search.js"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(script, target)
    (work.folder / "index.html").write_text(_WAY_IN, encoding="utf-8")
    versions = {name: place.data_version for name, place in now.places.items()}
    mark = {"copied_at": stamp.isoformat(), "data_versions": versions, "pages": work.pages, "files": work.files}
    (work.folder / MARK).write_text(json.dumps(mark, ensure_ascii=False, indent=2), encoding="utf-8")


def _names(now: Snapshot, language: str) -> list[dict[str, str]]:
    """Return what can be searched for: every facility with its layer, subdistrict and page."""
    found = []
    for place_id, place in now.places.items():
        for layer in now.catalog.layers.values():
            its_name, its_place = (getattr(text, language) for text in (layer.name, place.subdistrict.name))
            link = f"/map/{place_id}/{layer.id}"
            found.append({"name": its_name, "where": its_place, "link": link})
            for row in place.facilities(layer.id).itertuples():
                english = row.name_en if language == "en" and isinstance(row.name_en, str) else None
                found.append({"name": str(english or row.name), "where": f"{its_name} · {its_place}", "link": link})
    return found
