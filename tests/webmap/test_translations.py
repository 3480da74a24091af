"""Both languages are complete, and the two dark themes are one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask_babel import gettext

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}")
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}


@pytest.fixture(scope="module")
def said(root: Path) -> set[str | tuple[str, ...]]:
    """Every text of templates and code."""
    found = extract_from_dir(root / "webmap", METHODS, OPTIONS)
    return {message for _, _, message, _, _ in found}


@pytest.fixture(scope="module")
def english(root: Path) -> dict:
    """English by Chinese."""
    with (root / "webmap/translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        return {message.id: message for message in read_po(file) if message.id}


def test_every_text_is_translated(said, english) -> None:
    assert len(said) > 200
    assert said == set(english)
    for message in english.values():
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(texts), message.id
        assert not message.fuzzy, message.id
        assert not any(re.search(r"[\u4e00-\u9fff]", text) for text in texts), message.id


def test_translations_keep_the_figures(english) -> None:
    for message in english.values():
        chinese = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        for text in texts:
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(chinese[0])), message.id


def test_dark_by_choice_is_dark_by_device(root: Path) -> None:
    css = (root / "webmap/static/css/tokens.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root[^{]*\{([^}]*)\}", css)
    tokens = [dict(re.findall(r"(--[\w-]+): ([^;]+);", block)) for block in blocks]
    assert len(tokens) == 3
    assert tokens[1] == tokens[2]
    assert set(tokens[0]) == set(tokens[1])


def test_every_token_that_is_used_exists(root: Path) -> None:
    folder = root / "webmap/static/css"
    css = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.css"))
    used = set(re.findall(r"var\((--[\w-]+)", css))
    assert used <= set(re.findall(r"(--[\w-]+):", css))


def test_scripts_write_no_html(root: Path) -> None:
    for path in (root / "webmap/static/js").rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
            assert forbidden not in text, (path.name, forbidden)
        assert len(text.splitlines()) < 400


def test_commands_speak_the_language_that_they_ask_for(app) -> None:
    """They print pages without a request that went through the application first."""
    for language, words in (("zh", "走不到"), ("en", "Uncovered")):
        with app.test_request_context("/", query_string={"lang": language}):
            assert gettext("走不到") == words
