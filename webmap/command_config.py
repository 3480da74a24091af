"""The configuration of a command, with the instance that its `--instance` names."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webmap.config import Config


def add_instance(parser: argparse.ArgumentParser) -> None:
    """Let a command name another instance than that of the environment."""
    parser.add_argument("--instance", type=Path, metavar="DIR", help="LIFECIRCLE_INSTANCE, or instance/")


def config_of(options: argparse.Namespace) -> Config:
    """Return the configuration of the environment, with the instance of `--instance` where it was given."""
    from webmap.config import config_from_environment  # noqa: PLC0415 - a command loads only what it needs

    environment = dict(os.environ)
    if options.instance:
        environment["LIFECIRCLE_INSTANCE"] = str(options.instance)
    return config_from_environment(environment)
