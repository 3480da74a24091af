"""Browser libraries and fonts: fetched by the lock file, copied to webmap/static/vendor and webmap/fonts."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

from . import machine, stamps
from .checkout import Checkout
from .packages import install_lock
from .progress import SetupError, Step, clean_environment, run_step

OLDEST_NODE = 18
NODE_BYTES = 400 * machine.MEGABYTE

# What pages use of each library, by its path in node_modules/<library>. Folders of the copy keep the library's own
# layout, because style sheets name their pictures by relative paths.
SERVED_FILES: dict[str, tuple[str, ...]] = {
    "leaflet": (
        "dist/leaflet.css",
        "dist/leaflet.js",
        "dist/images/layers-2x.png",
        "dist/images/layers.png",
        "dist/images/marker-icon-2x.png",
        "dist/images/marker-icon.png",
        "dist/images/marker-shadow.png",
        "LICENSE",
    ),
    "protomaps-leaflet": ("dist/protomaps-leaflet.js", "LICENSE"),
}
# The fonts of printed pages. The package brings nine weights and 92 MB; two are copied, and the rest is not kept.
FONT_PACKAGE = "@expo-google-fonts/noto-sans-sc"
FONT_FILES = ("400Regular/NotoSansSC_400Regular.ttf", "700Bold/NotoSansSC_700Bold.ttf", "LICENSE_FONT")
MANIFEST = "manifest.json"
HASH_LETTERS = 12


def build(checkout: Checkout, *, with_test_libraries: bool) -> None:
    """Fetch and copy the browser libraries; does nothing when it was done from the same lock file.

    With `with_test_libraries` the libraries that only tests use stay in webmap/frontend/node_modules.
    """
    served, fetched = checkout.stamp("vendor"), checkout.stamp("node_modules")
    wanted = _digest(checkout)
    vendor_done = stamps.is_current(served, wanted) and (checkout.vendor / MANIFEST).is_file()
    vendor_done = vendor_done and all((checkout.fonts / Path(file).name).is_file() for file in FONT_FILES)
    tests_done = stamps.is_current(fetched, wanted) and (checkout.frontend / "node_modules").is_dir()
    if vendor_done and (tests_done or not with_test_libraries):
        return
    _fetch(checkout, with_test_libraries=with_test_libraries)
    copy_served_files(checkout.frontend / "node_modules", checkout.vendor)
    move_fonts(checkout.frontend / "node_modules", checkout.fonts)
    stamps.write(served, wanted)
    if with_test_libraries:
        stamps.write(fetched, wanted)


def copy_served_files(node_modules: Path, vendor: Path) -> None:
    """Copy SERVED_FILES into `vendor`, each library in a folder named for its content, and write the manifest.

    The manifest maps the name of a file, which is unique, to its `path` under `vendor` and its `sha256` (hex). A path
    never stands for two contents, so that browsers may keep what they have.
    """
    unfinished = vendor.with_name("vendor.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    manifest: dict[str, dict[str, str]] = {}
    for library, files in SERVED_FILES.items():
        contents = {file.removeprefix("dist/"): _read(node_modules / library / file) for file in files}
        folder = f"{library}-{_content_hash(contents)}"
        for path, content in contents.items():
            target = unfinished / folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            if target.name != "LICENSE":
                sha256 = hashlib.sha256(content).hexdigest()
                manifest[target.name] = {"path": f"{folder}/{path}", "sha256": sha256}
    (unfinished / MANIFEST).write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    shutil.rmtree(vendor, ignore_errors=True)
    unfinished.rename(vendor)


def move_fonts(node_modules: Path, fonts: Path) -> None:
    """Move FONT_FILES into `fonts` and take the rest of their package away: `npm ci` brings it again when needed."""
    fonts.mkdir(parents=True, exist_ok=True)
    for file in FONT_FILES:
        (fonts / Path(file).name).write_bytes(_read(node_modules / FONT_PACKAGE / file))
    shutil.rmtree(node_modules / FONT_PACKAGE)


def _digest(checkout: Checkout) -> str:
    """Return the digest of what decides the content of the vendor folder."""
    return stamps.digest([checkout.frontend / "package-lock.json", Path(__file__)])


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        message = f"Failed: the library file {file} does not exist. Correct SERVED_FILES in {__file__}"
        raise SetupError(message) from error


def _content_hash(contents: dict[str, bytes]) -> str:
    """Return a short hash over the paths and bytes of one library's files."""
    total = hashlib.sha256()
    for path, content in sorted(contents.items()):
        total.update(f"{path}\0".encode() + hashlib.sha256(content).digest())
    return total.hexdigest()[:HASH_LETTERS]


def _fetch(checkout: Checkout, *, with_test_libraries: bool) -> None:
    """Run `npm ci`, which checks every package against the lock file's hashes and runs no package's scripts."""
    npm = _system_npm() or _own_npm(checkout)
    environment = clean_environment()
    environment["PATH"] = os.pathsep.join([str(npm.parent), environment.get("PATH", os.defpath)])
    run_step(
        Step(
            what="Fetching the map library and the fonts of printed pages",
            command=[npm, "ci", "--ignore-scripts", *([] if with_test_libraries else ["--omit=dev"])],
            log=checkout.log("npm"),
            hint="Is the network up, and does npm reach its registry?",
            folder=checkout.frontend,
            environment=environment,
        )
    )


def _system_npm() -> Path | None:
    """Return the machine's npm when it runs and its node is new enough."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return None
    node_version, npm_version = _version([node]), _version([npm])
    return Path(npm) if npm_version and node_version >= OLDEST_NODE else None


def _version(command: list[str]) -> int:
    """Return the first figure that `command --version` prints (v20.1.0: 20), or 0 when it does not run."""
    try:
        result = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False, timeout=60)
        return int(result.stdout.strip().removeprefix("v").split(".")[0]) if result.returncode == 0 else 0
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0


def _own_npm(checkout: Checkout) -> Path:
    """Return the npm of the environment, installing it there from its own lock file when it is not."""
    npm = checkout.venv / "bin" / "npm"
    wanted = stamps.digest([checkout.lock("node")])
    if not (npm.is_file() and stamps.is_current(checkout.stamp("node"), wanted)):
        problem = machine.disk_problem(checkout.venv, NODE_BYTES)
        if problem:
            raise SetupError.missing([f"{problem}, or install npm with node {OLDEST_NODE} or newer"])
        install_lock(checkout, "node")
        stamps.write(checkout.stamp("node"), wanted)
    return npm
