"""Start one of the scripts: `start.py serve|test|lock [options]`. Needs the standard library only."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from installation import lock, serve, test
from installation.progress import SetupError

SCRIPTS = {"serve": serve.main, "test": test.main, "lock": lock.main}


def main(arguments: list[str]) -> int:
    """Run the script named first; what is missing is told in one line each, without a traceback."""
    try:
        return SCRIPTS[arguments[0]](arguments[1:])
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
