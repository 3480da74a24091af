"""Where things stand in a checkout of the project."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Checkout:
    """The folders and files of one checkout, all derived from its `root`."""

    root: Path

    @property
    def venv(self) -> Path:
        """The virtual environment: everything that set-up installs stands in it."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The Python of the virtual environment."""
        return self.venv / "bin" / "python"

    @property
    def command(self) -> Path:
        """The `lifecircle` command of the virtual environment."""
        return self.venv / "bin" / "lifecircle"

    @property
    def frontend(self) -> Path:
        """The folder with the lock file of the browser libraries."""
        return self.root / "webmap" / "frontend"

    @property
    def vendor(self) -> Path:
        """The folder that the browser libraries are served from."""
        return self.root / "webmap" / "static" / "vendor"

    @property
    def fonts(self) -> Path:
        """The folder with the fonts of printed pages."""
        return self.root / "webmap" / "fonts"

    def lock(self, name: str) -> Path:
        """Return the locked dependencies called `name`: runtime, test or node."""
        return self.root / "requirements" / f"{name}.txt"

    def stamp(self, step: str) -> Path:
        """Return the stamp of a step that prepares this checkout."""
        return self.venv / "stamps" / step

    def log(self, step: str) -> Path:
        """Return the file for the output of a step."""
        return self.venv / "logs" / f"{step}.log"


def this_checkout() -> Checkout:
    """Return the checkout that this very file belongs to."""
    return Checkout(Path(__file__).resolve().parents[2])
