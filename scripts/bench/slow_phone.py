"""How soon a slow telephone can use the pages for residents: `python scripts/bench/slow_phone.py [PATH …]`.

Starts the service as scripts/serve does with an instance of its own and opens each page in the machine's Chromium at
390 x 844 with a processor 4 times slower, 1.6 Mbit/s and 150 ms a request, set through the browser's own protocol
(Emulation.setCPUThrottlingRate, Network.emulateNetworkConditions), for the page and for its service worker. Seven
visits begin with nothing kept; each is made once more, with what the first one left.

"usable" is when the page's list is on the screen and a task put into the page's queue is answered within 50 ms, as a
tap on a link would be. Bytes are as they go over the line, with their headers; "list" is everything that came until
the list was usable, "map" what was fetched for the map, "kept" what the service worker fetched afterwards.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright
from service import ROOT, serving

sys.path.insert(0, str(ROOT / "scripts"))
from installation import chromium

NEAR = "/find/near?where=" + quote("高荣小区")
ROUTE = NEAR.replace("near", "route") + "&to="
PATHS = ("/find", NEAR, ROUTE)
LISTS = {"/find": ".address-form", "/find/near": ".near-go", "/find/route": ".steps li"}
VISITS = 7
QUIET_MS = 300
KINDS = ("html", "css", "javascript", "json", "image")
SLOWER = 4
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 1.6e6 / 8}
WATCH = """(selector) => {
  const asked = () => performance.getEntriesByName("first-contentful-paint")[0];
  const wait = () => {
    const set = performance.now();
    setTimeout(() => {
      const now = performance.now();
      if (asked() && document.querySelector(selector) && now - set < 50) {
        window.usable = { paint: asked().startTime, usable: now };
      } else wait();
    }, 0);
  };
  wait();
}"""


@dataclass
class Visit:
    """One opening of a page: milliseconds from its start; bytes until the list is usable, and with the map."""

    paint_ms: float
    usable_ms: float
    map_ms: float | None
    list_bytes: int
    all_bytes: int = 0
    kinds: dict[str, int] = field(default_factory=dict)


def main(paths: list[str]) -> int:
    """Visit the pages and print a table."""
    print("| page | visit | first paint, median (worst) | usable | map drawn | list | with the map | kB by kind |")
    print("|---|---|---|---|---|---|---|---|")
    with serving() as port, sync_playwright() as playwright:
        url = f"http://127.0.0.1:{port}"
        warm(url)
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
        for path in paths or PATHS:
            for name, visits in measure(browser, url, path).items():
                print(row(path.partition("?")[0], name, visits), flush=True)
        browser.close()
    return 0


def warm(url: str) -> None:
    """Ask both workers for everything once: a worker builds its tables at its first question."""
    for _ in range(6):
        for path in (NEAR, route_path(url), "/find", "/sw.js"):
            text_of(url + path)


def route_path(url: str) -> str:
    """Return the address of the way to the farthest facility of the list."""
    return text_of(url + NEAR).split('class="near-go" href="')[-1].split('"')[0].replace("&amp;", "&")


def text_of(url: str) -> str:
    """Return what the service answers."""
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - our own server
        return str(answer.read().decode())


def measure(browser: Browser, url: str, path: str) -> dict[str, list[Visit]]:
    """Return the visits with nothing kept, and those that were made again."""
    told: dict[str, list[Visit]] = {"first": [], "again": []}
    asked = url + (route_path(url) if path == ROUTE else path)
    for _ in range(VISITS):
        with browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True) as context:
            for visits in told.values():
                visits.append(visit(context, asked, LISTS[path.partition("?")[0]]))
    return told


def visit(context: BrowserContext, url: str, selector: str) -> Visit:
    """Open the page as the telephone does, look at its map, and wait until its service worker has come."""
    page = context.new_page()
    line = Line(context.new_cdp_session(page))
    page.add_init_script(f"({WATCH})({json.dumps(selector)})")
    page.goto(url, wait_until="commit")
    until(page, "window.usable !== undefined")
    times = page.evaluate("window.usable")
    one = Visit(times["paint"], times["usable"], None, list_bytes=line.fetched)
    if page.locator("[data-find-map]").count():
        page.evaluate("document.querySelector('[data-find-map]').scrollIntoView()")
        until(page, "document.querySelector('[data-find-map]').dataset.layerState === 'ready'")
        one.map_ms = page.evaluate("performance.now()")
    one.all_bytes = line.fetched
    until(page, "navigator.serviceWorker.controller !== null")
    page.wait_for_timeout(QUIET_MS)
    one.kinds = dict(line.kinds)
    page.close()
    return one


def until(page: Page, condition: str) -> None:
    """Wait for a condition: the page's policy forbids Playwright's own way of waiting."""
    end = time.monotonic() + 30
    while not page.evaluate(condition):
        if time.monotonic() > end:
            raise SystemExit(f"{page.url}: {condition} did not come")
        page.wait_for_timeout(20)


def row(path: str, name: str, visits: list[Visit]) -> str:
    """Return one line of the table."""
    paints, usable = [one.paint_ms for one in visits], [one.usable_ms for one in visits]
    maps = [one.map_ms for one in visits if one.map_ms is not None]
    drawn = middle_and_worst(maps) if maps else "no map"
    weights = [max(getattr(one, what) for one in visits) / 1000 for what in ("list_bytes", "all_bytes")]
    kinds = ", ".join(f"{kind} {size / 1000:.1f}" for kind, size in sorted(visits[-1].kinds.items()))
    told = (path, name, middle_and_worst(paints), middle_and_worst(usable), drawn)
    return f"| {' | '.join(told)} | {weights[0]:.1f} kB | {weights[1]:.1f} kB | {kinds} |"


def middle_and_worst(times_ms: list[float]) -> str:
    """Return the median and the worst in words: 0.81 (0.95) s."""
    return f"{statistics.median(times_ms) / 1000:.2f} ({max(times_ms) / 1000:.2f}) s"


class Line:
    """The slow line of a page and of its service workers, and what comes over it, by kind."""

    def __init__(self, session: CDPSession) -> None:
        """Make the page of `session` slow, and every worker of it before it begins."""
        self.kinds: Counter[str] = Counter()
        self._session = session
        self._urls: dict[str, str] = {}
        session.on("Network.responseReceived", self._answered)
        session.on("Network.loadingFinished", self._loaded)
        session.on("Target.attachedToTarget", self._begin)
        session.on("Target.receivedMessageFromTarget", self._hear)
        wanted = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": False}
        session.send("Target.setAutoAttach", wanted)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", LINE)

    @property
    def fetched(self) -> int:
        """How many bytes have come."""
        return self.kinds.total()

    def _answered(self, told: dict[str, Any]) -> None:
        self._urls[told["requestId"]] = told["response"]["mimeType"]

    def _loaded(self, told: dict[str, Any]) -> None:
        mime = self._urls.get(told["requestId"], "")
        kind = next((kind for kind in KINDS if kind in mime), "other")
        if told["encodedDataLength"] > 0:
            self.kinds[kind] += int(told["encodedDataLength"])

    def _begin(self, told: dict[str, Any]) -> None:
        first = (("Network.enable", {}), ("Network.emulateNetworkConditions", LINE))
        for number, (method, values) in enumerate((*first, ("Runtime.runIfWaitingForDebugger", {}))):
            text = json.dumps({"id": number, "method": method, "params": values})
            self._session.send("Target.sendMessageToTarget", {"sessionId": told["sessionId"], "message": text})

    def _hear(self, told: dict[str, Any]) -> None:
        said = json.loads(told["message"])
        if said.get("method") == "Network.responseReceived":
            self._answered(said["params"])
        elif said.get("method") == "Network.loadingFinished":
            self._loaded(said["params"])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
