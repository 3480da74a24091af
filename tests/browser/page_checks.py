"""What every page must be, whatever it is about: quiet, no wider than its window, without a barrier, fit to grow."""

from __future__ import annotations

from typing import Any

import pytest

WIDER_PX = "document.documentElement.scrollWidth - innerWidth"
FORMS = pytest.mark.parametrize(
    ("language", "dark"),
    [("zh", False), ("en", True), ("en", False), ("zh", True)],
    ids=["zh-light", "en-dark", "en-light", "zh-dark"],
)
"""Every page in eight forms with the fixture `size`; two of them by default, as conftest says."""


def open_quietly(site: Any, context: Any, path: str) -> Any:
    """Return a page that was opened without an error, asked nobody else, and is no wider than its window."""
    visit = site.open(context, path)
    assert visit.errors == []
    assert [url for url in visit.requests if not url.startswith((site.url, "data:"))] == []
    assert visit.page.evaluate(WIDER_PX) <= 0
    return visit.page


def barriers(page: Any, axe: str) -> list[tuple[str, list[str]]]:
    """Return what axe finds on a page that is open: each rule, with the first elements that break it."""
    page.evaluate(axe)
    found = page.evaluate("axe.run().then((result) => result.violations)")
    return [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found]


def grow(page: Any) -> None:
    """Give a page twice the text size, which must make it no wider than its window."""
    page.evaluate("() => { document.querySelector('html').style.fontSize = '200%'; }")
    assert page.evaluate(WIDER_PX) <= 0


def with_language(path: str, language: str) -> str:
    """Return the address of a page in a language."""
    return f"{path}{'&' if '?' in path else '?'}lang={language}"
