"""The house rules that no other tool checks."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LONGEST_MODULE_LINES = 400
LONGEST_README_LINES = 80
PRODUCT_FOLDERS = ("geo", "webmap", "scripts")

# Written in parts, so that this file does not hold what it looks for.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs"),
        ("registry", "yarnpkg"),
        ("deb", "debian", "org"),
    )
)


def _tracked(root: Path, *patterns: str) -> list[str]:
    command = ["git", "-C", str(root), "ls-files", "-z", "--", *patterns]
    output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return [name for name in output.split("\0") if name]


def _project(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def _modules(root: Path) -> list[Path]:
    return [
        path
        for folder in PRODUCT_FOLDERS
        for path in sorted((root / folder).rglob("*.py"))
        if "node_modules" not in path.parts
    ]


# Code


def test_modules_are_short(root: Path) -> None:
    lengths = {path.relative_to(root): len(path.read_text(encoding="utf-8").splitlines()) for path in _modules(root)}
    assert len(lengths) > 10
    assert {path: lines for path, lines in lengths.items() if lines >= LONGEST_MODULE_LINES} == {}


def test_no_module_is_a_drawer_for_everything(root: Path) -> None:
    names = {path.stem for path in _modules(root)}
    assert names & {"utils", "util", "helpers", "common", "misc", "tools"} == set()


def test_every_module_has_its_place_in_the_order_of_imports(root: Path) -> None:
    contracts = _project(root)["tool"]["importlinter"]["contracts"]
    order = next(contract for contract in contracts if contract["type"] == "layers")
    placed = {name.strip().strip("()") for line in order["layers"] for name in line.split(" : ")}
    modules = {".".join(path.relative_to(root).with_suffix("").parts) for path in _modules(root)}
    own = {".".join(name.split(".")[:2]) for name in modules if name.split(".")[0] in ("geo", "webmap")}
    assert own - placed - {"geo.__init__", "webmap.__init__", "webmap.__main__"} == set()


def test_geo_is_forbidden_the_web_and_the_command_line(root: Path) -> None:
    contracts = _project(root)["tool"]["importlinter"]["contracts"]
    forbidden = next(contract for contract in contracts if contract["type"] == "forbidden")
    assert forbidden["source_modules"] == ["geo"]
    assert set(forbidden["forbidden_modules"]) >= {
        *("webmap", "flask", "folium", "branca", "sqlalchemy", "sqlite3", "granian", "argparse", "click", "os")
    }


# What is in the repository


def test_shapes_are_prepared_in_one_place(root: Path) -> None:
    """A prepared shape that two threads ask at the same moment ends the process: see geo/prepared.py."""
    said = [path.name for path in _modules(root) if re.search(r"shapely\.prepare\b|import prepare\b", path.read_text())]
    assert said == ["prepared.py"]


def test_no_registry_is_named(root: Path) -> None:
    found = {}
    for name in _tracked(root):
        text = (root / name).read_bytes().decode("utf-8", errors="replace") if (root / name).is_file() else ""
        hosts = [host for host in REGISTRY_HOSTS if host in text]
        if hosts:
            found[name] = hosts
    assert found == {}


def test_nothing_that_is_built_is_tracked(root: Path) -> None:
    assert len(_tracked(root)) > 10
    built = ["webmap/static/vendor", "webmap/fonts", "*node_modules*", "instance", "*.lcnet", "*.pyc", ".venv"]
    assert _tracked(root, *built) == []


def test_readme_is_short_and_names_what_exists(root: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) <= LONGEST_README_LINES
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", readme) if "://" not in link]
    assert links
    assert [link for link in links if not (root / link).exists()] == []


def test_changelog_has_this_version(root: Path) -> None:
    version = _project(root)["project"]["version"]
    assert re.search(rf"^## {re.escape(version)}\b", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert json.loads((root / "webmap/frontend/package.json").read_text(encoding="utf-8"))["version"] == version


@pytest.mark.parametrize("name", ["LICENSE", "data/LICENSE", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_document_is_there(root: Path, name: str) -> None:
    assert len((root / name).read_text(encoding="utf-8").splitlines()) > 10


def test_every_dependency_is_explained(root: Path) -> None:
    text = (root / "ARCHITECTURE.md").read_text(encoding="utf-8")
    names = {canonicalize_name(Requirement(line).name) for line in _project(root)["project"]["dependencies"]}
    explained = {canonicalize_name(name) for name in re.findall(r"^\| `([a-z0-9_-]+)` \|", text, re.MULTILINE)}
    assert names - explained == set()


# Locked dependencies


def _lock(root: Path, name: str) -> dict[str, list[tuple[Requirement, int]]]:
    """Entries by package name: (requirement, number of hashes); a package may have one for each range of Pythons."""
    text = (root / "requirements" / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    entries: dict[str, list[tuple[Requirement, int]]] = {}
    for line in text.splitlines():
        if line[:1].isalnum():
            requirement = Requirement(line.split(" --hash")[0].strip())
            hashes = re.findall(r"--hash=sha256:[0-9a-f]{64}\b", line)
            entries.setdefault(canonicalize_name(requirement.name), []).append((requirement, len(hashes)))
    return entries


@pytest.mark.parametrize("name", ["runtime", "test", "node"])
def test_lock_pins_every_package_with_hashes(root: Path, name: str) -> None:
    entries = [entry for entries in _lock(root, name).values() for entry in entries]
    assert entries
    loose = [
        str(requirement)
        for requirement, hashes in entries
        if hashes == 0 or [specifier.operator for specifier in requirement.specifier] != ["=="]
    ]
    assert loose == []


@pytest.mark.parametrize(("name", "extras"), [("runtime", []), ("test", ["test"])])
def test_lock_fits_the_declared_dependencies(root: Path, name: str, extras: list[str]) -> None:
    project = _project(root)["project"]
    declared = [
        *project["dependencies"],
        *(line for extra in extras for line in project["optional-dependencies"][extra]),
    ]
    lock = _lock(root, name)
    unfit = [
        line
        for line in declared
        if not any(_fits(entry, Requirement(line)) for entry in lock.get(canonicalize_name(Requirement(line).name), []))
    ]
    assert unfit == []


def _fits(entry: tuple[Requirement, int], wanted: Requirement) -> bool:
    version = next(iter(entry[0].specifier)).version
    return wanted.specifier.contains(version, prereleases=True)


@pytest.mark.parametrize("name", ["runtime", "test"])
def test_lock_has_what_its_packages_need(root: Path, name: str) -> None:
    lock = _lock(root, name)
    here = [key for key, entries in lock.items() if any(_applies(requirement) for requirement, _ in entries)]
    absent = {
        f"{key} needs {needed.name}"
        for key in here
        for needed in map(Requirement, metadata.requires(key) or [])
        if _applies(needed) and canonicalize_name(needed.name) not in lock
    }
    assert absent == set()


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def test_lock_of_the_tests_holds_the_runtimes_versions(root: Path) -> None:
    runtime, test = _lock(root, "runtime"), _lock(root, "test")
    pins = {key: sorted(str(requirement) for requirement, _ in entries) for key, entries in runtime.items()}
    assert {key: sorted(str(requirement) for requirement, _ in test.get(key, [])) for key in pins} == pins


def test_map_libraries_are_locked_by_content(root: Path) -> None:
    lock = json.loads((root / "webmap/frontend/package-lock.json").read_text(encoding="utf-8"))
    packages = {path.rpartition("node_modules/")[2]: entry for path, entry in lock["packages"].items() if path}
    assert packages["leaflet"]["version"] == "1.9.4"
    assert [name for name, entry in packages.items() if not entry.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
