"""A Folium page taken apart: document, script and style links, with every asset served by ourselves.

Folium writes one HTML page with inline scripts and links to other hosts. Here the same elements are rendered into
three parts that a strict content security policy allows, and every link is mapped by its file name to our own copy.
No value from the data may pass through a Folium popup, tooltip, icon or layer name: Folium writes those into
JavaScript. The data travels as JSON and is drawn by static scripts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink

from geo.errors import DataError

# Folium adds these to every map; none of our elements uses them. Whatever is neither here nor in the manifest raises.
LEFT_OUT = frozenset(
    {
        "jquery-3.7.1.min.js",
        "bootstrap.bundle.min.js",
        "bootstrap.min.css",
        "bootstrap-glyphicons.css",
        "leaflet.awesome-markers.js",
        "leaflet.awesome-markers.css",
        "leaflet.awesome.rotate.min.css",
        "all.min.css",
    }
)
# Folium's page-wide styles would lay out our page, not the map.
_PAGE_STYLES = ("html, body", "#map {")
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FrameParts:
    """One map: the HTML of its place in the page, its own script and style, and the library files it needs.

    `script_files` and `style_files` are paths below static/vendor/, in the order they must be loaded.
    """

    document: str
    script: str
    style: str
    script_files: tuple[str, ...]
    style_files: tuple[str, ...]


class PartedFigure(Figure):
    """A figure that gives its parts instead of one page."""

    def parts(self, manifest: Mapping[str, str]) -> FrameParts:
        """Render the children and return the three parts.

        Args:
            manifest: path below static/vendor/ by file name.

        Raises:
            DataError: when an element asks for a file that is neither in the manifest nor left out by name.
        """
        _number_elements(self)
        for child in list(self._children.values()):
            child.render()
        header = list(self.header._children.values())  # noqa: SLF001 - branca offers no other way to its children
        written = "".join(_rendered(element) for element in header if not _is_link(element))
        return FrameParts(
            document=self.html.render().strip(),
            script="\n".join([*_SCRIPT.findall(written), self.script.render()]).strip() + "\n",
            style="\n".join(_own_styles(written)) + "\n",
            script_files=_own_files([e.url for e in header if isinstance(e, JavascriptLink)], manifest),
            style_files=_own_files([e.url for e in header if isinstance(e, CssLink)], manifest),
        )


def take_apart(drawn: folium.Map, manifest: Mapping[str, str]) -> FrameParts:
    """Return the parts of a Folium map; the same map always gives the same bytes."""
    figure = PartedFigure()
    figure.add_child(drawn)
    return figure.parts(manifest)


def read_manifest(vendor: Path) -> dict[str, str]:
    """Return path by file name of the libraries built into `vendor`.

    Raises:
        DataError: when the folder has no readable manifest.json.
    """
    path = vendor / "manifest.json"
    remedy = "Run scripts/serve once with a network: it builds the map libraries"
    try:
        files = json.loads(path.read_text(encoding="utf-8"))
        return {name: entry["path"] for name, entry in files.items()}
    except FileNotFoundError as error:
        raise DataError.single("vendor_missing", str(path), "there is no such file", remedy) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError.single("vendor_manifest", str(path), "the file is not a manifest", remedy) from error


def _number_elements(root: Element) -> None:
    """Give every element an id by its place in the tree, where Folium gives a random one."""
    waiting, number = [root], 0
    while waiting:
        element = waiting.pop()
        element._id = f"{number:04d}"  # noqa: SLF001 - the id is a plain attribute without a setter
        number += 1
        waiting.extend(reversed(element._children.values()))  # noqa: SLF001


def _is_link(element: Element) -> bool:
    """Return whether a header element is a link to a file."""
    return isinstance(element, JavascriptLink | CssLink)


def _rendered(element: Element) -> str:
    """Return a header element's text."""
    return str(element.render())


def _own_styles(written: str) -> list[str]:
    """Return the rules in Folium's style blocks that concern the map alone."""
    blocks = [block.strip() for block in _STYLE.findall(written)]
    return [block for block in blocks if not block.startswith(_PAGE_STYLES)]


def _own_files(urls: list[str], manifest: Mapping[str, str]) -> tuple[str, ...]:
    """Return our copies of the files behind `urls`, without those left out by name."""
    names = [PurePosixPath(urlsplit(url).path).name for url in urls]
    unknown = [name for name in names if name not in manifest and name not in LEFT_OUT]
    if unknown:
        remedy = "Add the library to webmap/frontend, or leave the file out by name in webmap/frame.py"
        raise DataError.single("vendor_unknown", ", ".join(unknown), "the map asks for a file we do not serve", remedy)
    return tuple(manifest[name] for name in names if name not in LEFT_OUT)
