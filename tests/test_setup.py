"""Set-up: what is missing is told in one line each, and what is done is not done again."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from installation import announce, chromium, frontend, instance, machine, packages, progress, serve, stamps
from installation.checkout import Checkout
from installation.progress import SetupError, Step


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A small checkout in a folder with a space in its name; its `lifecircle` writes down what it was asked."""
    monkeypatch.delenv("LIFECIRCLE_DATA", raising=False)
    root = tmp_path / "life circle"
    for folder in ("geo", "data", "requirements", "webmap/frontend", ".venv/bin"):
        (root / folder).mkdir(parents=True)
    (root / "pyproject.toml").write_text("[project]\n")
    (root / "geo" / "kernels.py").write_text("WIDTH = 4\n")
    (root / "data" / "rules.toml").write_text("limit_m = 500\n")
    for name in ("runtime", "test", "node"):
        (root / "requirements" / f"{name}.txt").write_text("flask==3.1.3 \\\n    --hash=sha256:00\n")
    _make_program(root / ".venv/bin/lifecircle", f'echo "$2" >> "{root}/asked"')
    return Checkout(root)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The steps of packages.py, written down instead of run."""
    done: list[str] = []
    monkeypatch.setattr(packages, "run_step", lambda step: done.append(step.what.split(" ")[0]))
    monkeypatch.setattr(packages, "_is_usable", lambda _: "Making" in done)
    return done


@pytest.fixture
def listener() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _make_program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def _asked(checkout: Checkout) -> list[str]:
    log = checkout.root / "asked"
    return log.read_text().split() if log.exists() else []


# What the machine must have


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13), (3, 14)])
def test_python_that_will_do(version: tuple[int, int]) -> None:
    assert machine.python_problem(version) is None


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 15)])
def test_python_too_old_or_too_new_is_named(version: tuple[int, int]) -> None:
    problem = machine.python_problem(version)
    assert problem is not None
    assert f"this is {version[0]}.{version[1]}." in problem


def test_debian_without_venv_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.venv_problem() is None
    monkeypatch.setattr(machine.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else name)
    monkeypatch.setattr(machine.sys, "version_info", SimpleNamespace(major=3, minor=11))
    problem = machine.venv_problem()
    assert problem is not None
    assert problem.endswith("has no ensurepip. On Debian or Ubuntu: apt install python3.11-venv")


def test_port_that_is_taken_and_port_that_is_free(listener: int) -> None:
    problem = machine.port_problem("127.0.0.1", listener)
    assert problem is not None
    assert f"127.0.0.1:{listener}" in problem
    assert "--port" in problem
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = other.getsockname()[1]
    assert machine.port_problem("127.0.0.1", free) is None


def test_host_that_is_not_ours() -> None:
    problem = machine.port_problem("no-such-host.invalid", 8000)
    assert problem is not None
    assert "--host" in problem


def test_disk_space_is_enough_to_the_byte(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=5_000_000))
    assert machine.disk_problem(tmp_path / "not" / "there", 5_000_000) is None
    problem = machine.disk_problem(tmp_path, 5_000_001)
    assert problem is not None
    assert "5 MB are free" in problem


def test_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert machine.writable_problem(tmp_path / "new") is None
    monkeypatch.setattr(machine.os, "access", lambda *_: False)
    assert str(tmp_path) in str(machine.writable_problem(tmp_path))


def test_everything_missing_is_told_at_once(
    checkout: Checkout, listener: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(machine.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    options = serve.parse(["--port", str(listener), "--instance", str(tmp_path)])
    lines = str(SetupError.missing(serve.find_problems(checkout, options))).splitlines()
    assert [line.split()[:2] for line in lines] == [["Missing:", word] for word in ("this", "1300", "a", "100")]


# Stamps


def test_stamp_holds_until_an_input_changes(tmp_path: Path) -> None:
    stamp, data = tmp_path / "stamps" / "step", tmp_path / "data"
    data.mkdir()
    (data / "a").write_text("1")
    first = stamps.digest([data], "3.11")
    assert not stamps.is_current(stamp, first)
    stamps.write(stamp, first)
    assert stamps.is_current(stamp, stamps.digest([data], "3.11"))
    assert not stamps.is_current(stamp, stamps.digest([data], "3.12"))
    (data / "__pycache__").mkdir()
    (data / "__pycache__" / "a.pyc").write_text("by-product")
    assert stamps.digest([data], "3.11") == first
    (data / "a").rename(data / "b")
    renamed = stamps.digest([data], "3.11")
    (data / "b").write_text("2")
    assert len({first, renamed, stamps.digest([data], "3.11")}) == 3


def test_instance_is_prepared_once_and_again_when_an_input_changes(checkout: Checkout, tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    instance.prepare(checkout, folder)
    instance.prepare(checkout, folder)
    assert _asked(checkout) == ["prepare", "warm"]
    (checkout.root / "data" / "rules.toml").write_text("limit_m = 300\n")
    instance.prepare(checkout, folder)
    assert _asked(checkout) == ["prepare", "warm", "prepare"]
    (checkout.root / "geo" / "kernels.py").write_text("WIDTH = 8\n")
    instance.prepare(checkout, folder)
    assert _asked(checkout) == ["prepare", "warm", "prepare", "prepare", "warm"]


def test_part_of_the_instance_that_was_deleted_is_built_again(checkout: Checkout, tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    instance.prepare(checkout, folder)
    shutil.rmtree(folder / "networks")
    instance.prepare(checkout, folder)
    shutil.rmtree(folder / "kernels")
    instance.prepare(checkout, folder)
    assert _asked(checkout) == ["prepare", "warm", "prepare", "warm"]


def test_sites_are_warmed_once_and_again_where_it_failed(checkout: Checkout, tmp_path: Path) -> None:
    working = checkout.command.read_text()
    _make_program(checkout.command, "echo no memory; exit 1")
    instance.warm_sites(checkout, tmp_path)
    assert (tmp_path / "logs" / "warm-sites.log").read_text() == "no memory\n"
    checkout.command.write_text(working)
    for _ in range(2):
        instance.warm_sites(checkout, tmp_path)
    assert _asked(checkout) == ["warm-sites"]
    (checkout.root / "geo" / "kernels.py").write_text("WIDTH = 9\n")
    instance.warm_sites(checkout, tmp_path)
    assert _asked(checkout) == ["warm-sites", "warm-sites"]


def test_step_that_failed_is_tried_again(checkout: Checkout, tmp_path: Path) -> None:
    working = checkout.command.read_text()
    _make_program(checkout.command, "echo the layer nurseries is at fault; exit 1")
    with pytest.raises(SetupError, match="the layer nurseries is at fault"):
        instance.prepare(checkout, tmp_path)
    checkout.command.write_text(working)
    instance.prepare(checkout, tmp_path)
    assert _asked(checkout) == ["prepare", "warm"]


def test_packages_are_installed_once(checkout: Checkout, steps: list[str]) -> None:
    assert packages.packages_problems(checkout, "runtime") == []
    packages.install(checkout, "runtime")
    assert steps == ["Making", "Installing", "Installing"]
    checkout.python.touch()
    assert packages.is_installed(checkout, "runtime")
    assert not packages.is_installed(checkout, "test")
    packages.install(checkout, "runtime")
    assert len(steps) == 3


def test_packages_of_the_tests_are_enough_for_serving(checkout: Checkout, steps: list[str]) -> None:
    packages.install(checkout, "test")
    checkout.python.touch()
    assert packages.is_installed(checkout, "runtime")
    checkout.lock("runtime").write_text("flask==3.1.4 \\\n    --hash=sha256:01\n")
    assert not packages.is_installed(checkout, "runtime")
    assert packages.is_installed(checkout, "test")


def test_environment_that_was_moved_is_made_anew(
    checkout: Checkout, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    packages.install(checkout, "runtime")
    moved = Checkout(checkout.root.with_name("elsewhere"))
    checkout.root.rename(moved.root)
    moved.python.touch()
    assert not packages.is_installed(moved, "runtime")
    monkeypatch.undo()
    assert not packages._is_usable(moved)


# Long steps


def _step(tmp_path: Path, command: list[str]) -> Step:
    return Step("Counting", command, tmp_path / "logs" / "count.log", "Count by hand", tmp_path, detail=len_of)


def len_of(log: str) -> str:
    """How far a counting step is."""
    return f"at {len(log.splitlines())}"


def test_long_step_tells_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "REPORT_EVERY_S", 0.2)
    progress.run_step(_step(tmp_path, ["sh", "-c", "echo one; sleep 0.5"]))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Counting ..."
    assert lines[1] == "  0 s, at 1"
    assert lines[-1] in {"  done in 0 s", "  done in 1 s"}


def test_failed_step_shows_its_last_lines_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SetupError) as caught:
        progress.run_step(_step(tmp_path, ["sh", "-c", "seq 1 50; exit 7"]))
    lines = str(caught.value).splitlines()
    assert lines[0] == "  | 31"
    assert lines[-2] == "  | 50"
    assert "exit code 7" in lines[-1]
    assert lines[-1].endswith("Count by hand")


def test_step_whose_program_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no-such-program cannot be started"):
        progress.run_step(_step(tmp_path, ["no-such-program"]))


# Browser libraries


@pytest.fixture
def node_modules(tmp_path: Path) -> Path:
    """Libraries as npm leaves them, each file holding its own name."""
    folder = tmp_path / "node_modules"
    for library, files in frontend.SERVED_FILES.items():
        for file in files:
            (folder / library / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / library / file).write_text(file)
    for file in (*frontend.FONT_FILES, "900Black/NotoSansSC_900Black.ttf"):
        (folder / frontend.FONT_PACKAGE / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / frontend.FONT_PACKAGE / file).write_text(file)
    return folder


def test_libraries_lie_under_names_that_change_with_their_content(node_modules: Path, tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    frontend.copy_served_files(node_modules, vendor)
    first = json.loads((vendor / "manifest.json").read_text())
    assert (vendor / first["leaflet.js"]["path"]).read_text() == "dist/leaflet.js"
    assert (vendor / first["layers.png"]["path"]).parent == (vendor / first["leaflet.css"]["path"]).parent / "images"
    (node_modules / "leaflet/dist/leaflet.js").write_text("changed")
    frontend.copy_served_files(node_modules, vendor)
    second = json.loads((vendor / "manifest.json").read_text())
    assert second["leaflet.js"]["path"] != first["leaflet.js"]["path"]
    assert second["leaflet.js"]["sha256"] == hashlib.sha256(b"changed").hexdigest()
    assert sorted(path.name for path in vendor.iterdir()) == [
        second["leaflet.js"]["path"].split("/")[0],
        "manifest.json",
        second["protomaps-leaflet.js"]["path"].split("/")[0],
    ]


def test_library_file_that_is_gone_is_named(node_modules: Path, tmp_path: Path) -> None:
    (node_modules / "leaflet/dist/leaflet.css").unlink()
    with pytest.raises(SetupError, match=r"leaflet\.css does not exist"):
        frontend.copy_served_files(node_modules, tmp_path / "vendor")
    assert not (tmp_path / "vendor").exists()


def test_two_weights_of_the_font_are_kept_with_their_licence(node_modules: Path, tmp_path: Path) -> None:
    fonts = tmp_path / "fonts"
    frontend.move_fonts(node_modules, fonts)
    assert {path.name: path.read_text() for path in fonts.iterdir()} == {
        "NotoSansSC_400Regular.ttf": "400Regular/NotoSansSC_400Regular.ttf",
        "NotoSansSC_700Bold.ttf": "700Bold/NotoSansSC_700Bold.ttf",
        "LICENSE_FONT": "LICENSE_FONT",
    }
    assert not (node_modules / frontend.FONT_PACKAGE).exists()


def test_libraries_are_fetched_once(checkout: Checkout, node_modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[bool] = []

    def fetch(_: Checkout, *, with_test_libraries: bool) -> None:
        fetched.append(with_test_libraries)
        shutil.copytree(node_modules, checkout.frontend / "node_modules", dirs_exist_ok=True)

    monkeypatch.setattr(frontend, "_fetch", fetch)
    (checkout.frontend / "package-lock.json").write_text("{}")
    for with_test_libraries in (False, False, True, True, False):
        frontend.build(checkout, with_test_libraries=with_test_libraries)
    assert fetched == [False, True]
    (checkout.frontend / "package-lock.json").write_text('{"packages": {}}')
    frontend.build(checkout, with_test_libraries=False)
    assert fetched == [False, True, False]


@pytest.mark.parametrize(
    ("node", "npm", "found"),
    [
        ("echo v20.1.0", "echo 11.0.0", True),
        ("echo v18.0.0", "echo 9.0.0", True),
        ("echo v16.20.2", "echo 8.0.0", False),
        ("echo v20.1.0", "exit 1", False),
        ("exit 1", "echo 11.0.0", False),
    ],
)
def test_npm_of_the_machine_is_used_when_it_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, node: str, npm: str, found: bool
) -> None:
    _make_program(tmp_path / "bin/node", node)
    _make_program(tmp_path / "bin/npm", npm)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert (frontend._system_npm() is not None) == found


def test_machine_without_npm_gets_its_own(checkout: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    installed: list[str] = []

    def install(_: Checkout, lock: str) -> None:
        installed.append(lock)
        _make_program(checkout.venv / "bin/npm", "exit 0")

    monkeypatch.setattr(frontend, "install_lock", install)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert frontend._system_npm() is None
    assert frontend._own_npm(checkout) == frontend._own_npm(checkout) == checkout.venv / "bin/npm"
    assert installed == ["node"]


# Options, the server, Chromium


def test_options_have_the_promised_defaults(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.delenv("LIFECIRCLE_INSTANCE", raising=False)
    options = serve.parse([])
    assert (options.host, options.port, options.workers) == ("127.0.0.1", 8000, 2)
    assert options.instance == root / "instance"


def test_instance_comes_from_the_option_then_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIFECIRCLE_INSTANCE", str(tmp_path / "a"))
    monkeypatch.chdir(tmp_path)
    assert serve.parse([]).instance == tmp_path / "a"
    assert serve.parse(["--instance", "b"]).instance == tmp_path / "b"


@pytest.mark.parametrize("bad", [["--port", "0"], ["--port", "65536"], ["--port", "x"], ["--workers", "0"]])
def test_bad_options_are_refused(bad: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        serve.parse(bad)
    assert caught.value.code == 2
    assert bad[1] in capsys.readouterr().err


def test_as_many_workers_as_wanted(checkout: Checkout) -> None:
    command = serve.server_command(checkout, serve.parse(["--workers", "3"]))
    assert command[command.index("--workers") + 1] == "3"


def test_server_may_be_called_by_its_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFECIRCLE_HOSTS", "map.example")
    assert serve.server_environment(serve.parse(["--host", "10.0.0.7"]))["LIFECIRCLE_HOSTS"] == "map.example,10.0.0.7"


def test_what_would_disturb_our_python_is_kept_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"} & instance.environment(tmp_path).keys() == set()


def test_service_is_up_when_healthz_answers(listener: int) -> None:
    class Healthy(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Healthy) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        up = announce.is_up("127.0.0.1", server.server_port)
        server.shutdown()
        thread.join()
    assert up
    assert not announce.is_up("127.0.0.1", server.server_port)
    assert announce.address("0.0.0.0", 80) == "http://127.0.0.1:80/"
    assert announce.address("::", 80) == "http://[::1]:80/"


def test_chromium_is_asked_for_where_it_cannot_be_installed(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("LIFECIRCLE_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match="apt install chromium fonts-noto-cjk"):
        chromium.install_if_missing(checkout)
    chrome = _make_program(tmp_path / "google-chrome", "exit 0")
    assert chromium.find() == chrome


# The scripts themselves, in a copy without an environment


@pytest.fixture
def scripts(root: Path, tmp_path: Path) -> Path:
    """The scripts in another place, with a space in its path."""
    copy = tmp_path / "another place" / "scripts"
    shutil.copytree(root / "scripts", copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def _run(script: Path, arguments: list[str], path: str) -> subprocess.CompletedProcess[str]:
    command = [str(shutil.which("bash")), str(script), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd="/", env={**os.environ, "PATH": path}
    )


@pytest.mark.parametrize("name", ["serve", "test", "lock"])
def test_script_runs_from_any_folder(scripts: Path, name: str) -> None:
    result = _run(scripts / name, ["--help"], os.environ["PATH"])
    assert (result.returncode, result.stderr) == (0, "")
    assert f"usage: scripts/{name}" in result.stdout


@pytest.mark.parametrize(("python", "found"), [("echo 3.9", "3.9"), (None, "none")])
def test_machine_without_a_fitting_python(scripts: Path, tmp_path: Path, python: str | None, found: str) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "dirname").symlink_to(str(shutil.which("dirname")))
    if python:
        _make_program(tools / "python3", python)
    result = _run(scripts / "serve", [], str(tools))
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert f"(found: {found})" in result.stderr


# The consumer of long computations


def test_consumer_is_started_again_and_ends_with_its_server(tmp_path: Path) -> None:
    told = tmp_path / "told"
    program = f"import os, time; open({str(told)!r}, 'a').write(f'{{os.getpid()}}\\n'); time.sleep(60)"
    script = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).resolve().parents[1] / "scripts")!r})
from installation import job_worker
job_worker.FIRST_AFTER_S = job_worker.AGAIN_AFTER_S = 0.0
job_worker.LOOK_EVERY_S = 0.05
job_worker.watch_over(
    [sys.executable, "-c", {program!r}],
    {{}},
    __import__("pathlib").Path({str(tmp_path / "log")!r}),
    lambda: open({str(tmp_path / "first")!r}, "a").write("before"),
)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script]) as server:
        first = _wait_for_line(told, 1)
        os.kill(first, signal.SIGKILL)
        second = _wait_for_line(told, 2)
        assert second != first
        server.kill()
        server.wait()
        deadline = time.monotonic() + 10
        while Path(f"/proc/{second}").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
    assert not Path(f"/proc/{second}").exists()
    assert (tmp_path / "first").read_text() == "before", "once, however often the consumer starts"


def _wait_for_line(path: Path, number: int) -> int:
    """Return the number in that line of a file, once it is there."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        lines = path.read_text().split() if path.exists() else []
        if len(lines) >= number:
            return int(lines[number - 1])
        time.sleep(0.05)
    raise AssertionError(f"{path} has no line {number}")
