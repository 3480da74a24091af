"""Waiting for what a page does by itself: its policy forbids Playwright's own way, which evaluates text in the page."""

from __future__ import annotations

import time
from typing import Any

import pytest

MOST_S = 20


def wait_until(page: Any, condition: str, argument: Any = None) -> None:
    """Wait at most 20 s until a condition, which is JavaScript, holds."""
    end = time.monotonic() + MOST_S
    while not page.evaluate(condition, argument):
        if time.monotonic() > end:
            pytest.fail(f"never came true: {condition}")
        page.wait_for_timeout(50)
