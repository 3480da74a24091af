"""Two languages: Chinese is what the templates say, English comes from translations/en; both are complete."""

from __future__ import annotations

import io
from pathlib import Path
from typing import cast

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, current_app, g, request
from flask_babel import Babel, Domain, get_locale

from geo.catalog_model import LocalText
from webmap.config import LANGUAGES, Config, Language

COOKIE_DAYS = 365
THEMES = ("light", "dark")
_LOCALES = {"zh": Locale.parse("zh_Hans_CN"), "en": Locale.parse("en")}
_TRANSLATIONS = Path(__file__).parent / "translations"


class PoDomain(Domain):  # type: ignore[misc] # flask_babel ships no types
    """Translations read from the .po file itself, so that no compiled file can be stale or missing."""

    def __init__(self) -> None:
        """Read translations/en/LC_MESSAGES/messages.po."""
        super().__init__()
        self._english = read_translations("en")

    def get_translations(self) -> NullTranslations:
        """Return the texts of the request's language; Chinese texts stand for themselves."""
        locale = get_locale()
        return self._english if locale is not None and locale.language == "en" else NullTranslations()


class PoBabel(Babel):  # type: ignore[misc] # as above
    """Our domain for every context: commands that print a page have no request that could choose it."""

    def __init__(self) -> None:
        """Read the translations."""
        super().__init__()
        self._domain = PoDomain()

    @property
    def domain_instance(self) -> PoDomain:
        """Return the domain that texts come from."""
        return self._domain


def read_translations(language: str) -> Translations:
    """Return the texts of translations/`language`/LC_MESSAGES/messages.po."""
    path = _TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)


def speak(app: Flask) -> None:
    """Give `app` its two languages and themes; `?lang=` and `?theme=` are kept in cookies."""

    def chosen_locale() -> Locale:
        return _LOCALES[current_language()]

    PoBabel().init_app(app, default_locale="zh_Hans_CN", locale_selector=chosen_locale)
    app.after_request(_remember)
    app.jinja_env.filters["local"] = local_text


def current_language() -> Language:
    """Return the language of this request: the `lang` parameter, else the cookie, else the default."""
    asked = request.args.get("lang") or request.cookies.get("lang")
    for language in LANGUAGES:
        if asked == language:
            return language
    config: Config = current_app.extensions["lifecircle.config"]
    return config.default_language


def current_theme() -> str:
    """Return `light` or `dark` where the visitor has chosen one, otherwise an empty text (the device decides)."""
    asked = request.args.get("theme") or request.cookies.get("theme")
    return asked if asked in THEMES else ""


def local_text(text: LocalText) -> str:
    """Return `text` in the language of this request."""
    locale = get_locale()
    return text.en if locale is not None and locale.language == "en" else text.zh


def _remember(response: Response) -> Response:
    """Keep a language or theme that this request chose, unless the request itself was refused."""
    if response.status_code >= 400 or "lifecircle_no_cookie" in g:
        return response
    for name, allowed in (("lang", cast("tuple[str, ...]", LANGUAGES)), ("theme", THEMES)):
        value = request.args.get(name)
        if value in allowed and request.cookies.get(name) != value:
            response.set_cookie(name, value, max_age=COOKIE_DAYS * 86400, samesite="Lax", httponly=True)
    return response
