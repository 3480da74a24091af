"""Chromium and a Chinese font, which the browser tests draw pages with."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from .checkout import Checkout
from .progress import SetupError, Step, run_step

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEBIAN_PACKAGES = ("chromium", "fonts-noto-cjk")


def find() -> Path | None:
    """Return the machine's Chromium: LIFECIRCLE_CHROMIUM, or the first of NAMES on the path."""
    chosen = os.environ.get("LIFECIRCLE_CHROMIUM")
    found = chosen or next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def has_chinese_font() -> bool:
    """Return whether a page with Chinese text would be drawn with characters, not boxes."""
    fonts = shutil.which("fc-list")
    if fonts is None:
        return False
    return bool(subprocess.run([fonts, ":lang=zh"], capture_output=True, check=False).stdout.strip())


def install_if_missing(checkout: Checkout) -> None:
    """Make sure of Chromium and a Chinese font: installed on Debian as root, otherwise asked for in one line."""
    if find() and has_chinese_font():
        return
    if not (Path("/etc/debian_version").is_file() and shutil.which("apt-get") and os.geteuid() == 0):
        names = " ".join(DEBIAN_PACKAGES)
        problem = f"Chromium and a Chinese font for the browser tests. On Debian or Ubuntu: apt install {names}"
        raise SetupError.missing([problem])
    _apt(checkout, "Reading the list of Debian packages", ["update"])
    _apt(checkout, "Installing Chromium and a Chinese font", ["install", "-y", *DEBIAN_PACKAGES])


def _apt(checkout: Checkout, what: str, arguments: list[str]) -> None:
    """Run apt-get, which must ask nothing."""
    run_step(
        Step(
            what=what,
            command=["apt-get", *arguments],
            log=checkout.log(f"apt-{arguments[0]}"),
            hint="Install them by hand and start again",
            folder=checkout.root,
            environment={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    )
