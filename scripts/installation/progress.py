"""Long steps with a line of progress, and set-up faults told in one line each."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REPORT_EVERY_S = 5.0
LOG_TAIL_LINES = 20


class SetupError(Exception):
    """Set-up cannot go on; the text is what the person at the terminal reads."""

    @classmethod
    def missing(cls, problems: Sequence[str]) -> SetupError:
        """Return the error that names every missing thing on a line of its own."""
        return cls("\n".join(f"Missing: {problem}" for problem in problems))


def say(line: str) -> None:
    """Print one line of progress at once, whether or not anybody reads along."""
    print(line, flush=True)


@dataclass(frozen=True)
class Step:
    """One long command of the set-up.

    `what` is told to the person, the command's own output goes to `log` (shown when it fails), `hint` is what to do
    about a failure, and `detail` reads from the log how far the command is.
    """

    what: str
    command: Sequence[str | Path]
    log: Path
    hint: str
    folder: Path
    environment: Mapping[str, str] | None = None
    detail: Callable[[str], str] | None = None


def run_step(step: Step) -> None:
    """Run `step` to its end, with a line every few seconds; raises SetupError when the command fails."""
    say(f"{step.what} ...")
    started = time.monotonic()
    step.log.parent.mkdir(parents=True, exist_ok=True)
    with step.log.open("wb") as output:
        process = _start(step, output.fileno())
        code = _wait(process, step, started)
    if code != 0:
        raise SetupError(_failure(step, code))
    say(f"  done in {time.monotonic() - started:.0f} s")


def _start(step: Step, output: int) -> subprocess.Popen[bytes]:
    """Start the command of `step` with both its outputs going to the open file `output`."""
    try:
        return subprocess.Popen(
            [str(part) for part in step.command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if step.environment is None else dict(step.environment),
            cwd=step.folder,
        )
    except OSError as error:
        message = f"Failed: {step.what}: {step.command[0]} cannot be started ({error.strerror}). {step.hint}"
        raise SetupError(message) from error


def _wait(process: subprocess.Popen[bytes], step: Step, started: float) -> int:
    """Wait for `process`, telling the seconds that have passed; ends it when we are interrupted."""
    while True:
        try:
            return process.wait(timeout=REPORT_EVERY_S)
        except subprocess.TimeoutExpired:
            detail = f", {step.detail(_text(step.log))}" if step.detail else ""
            say(f"  {time.monotonic() - started:.0f} s{detail}")
        except BaseException:
            process.terminate()
            process.wait()
            raise


def _failure(step: Step, code: int) -> str:
    """Return the text for a command that ended with `code`: the end of its log, where the rest is, what to do."""
    tail = "\n".join(f"  | {line}" for line in _text(step.log).splitlines()[-LOG_TAIL_LINES:])
    return f"{tail}\nFailed: {step.what} (exit code {code}; all its output is in {step.log}). {step.hint}"


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


def clean_environment() -> dict[str, str]:
    """Return this process's environment without what would let other packages in or slow every start.

    PYTHONDONTWRITEBYTECODE would have every module compiled again at every start, which takes longer than all the rest.
    """
    dropped = {"PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in os.environ.items() if name not in dropped}
