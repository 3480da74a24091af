"""`lifecircle network download` against a stub server on the loopback: what it asks, waits for, refuses and keeps."""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import os
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from geo.errors import DataError, LifecircleError
from geo.network_build import build_network, read_streets
from geo.network_file import load_network
from webmap.cli import main
from webmap.cli_download import progress_line
from webmap.config import Config, config_from_environment
from webmap.overpass_client import Limits, Order, Progress, combine, download, retry_after_s, tile_queries

BOUNDS = (121.42, 31.22, 121.44, 31.24)
BOX = re.compile(r"\(([-\d.]+),([-\d.]+),([-\d.]+),([-\d.]+)\)")
STEP_DEG = 0.001
# No waiting in tests but where waiting is the question.
QUICK = Limits(first_wait_s=0.01, pause_s=0.0, max_seconds=30.0)


def grid_answer(query: str) -> dict:
    """What a server would say: a wide grid of streets, those that reach into the box, with all their nodes."""
    south, west, north, east = map(float, BOX.search(query).groups())
    nodes, ways = {}, []
    for k in range(80):
        line = [(40, 3 + i) if k == 40 else (k, 3 + i) for i in range(70)]
        for number, places in ((k + 1, line), (k + 1001, [(y, x) for x, y in line])):
            at = [(121.40 + x * STEP_DEG, 31.20 + y * STEP_DEG) for x, y in places]
            if any(west <= lon <= east and south <= lat <= north for lon, lat in at):
                ids = [1 + x * 1000 + y for x, y in places]
                nodes |= {i: {"type": "node", "id": i, "lon": round(lon, 7), "lat": round(lat, 7)}
                          for i, (lon, lat) in zip(ids, at, strict=True)}  # fmt: skip
                ways.append({"type": "way", "id": number, "nodes": ids, "tags": {"highway": "residential"}})
    stamp = {"timestamp_osm_base": "2026-01-01T00:00:00Z"}
    return {"version": 0.6, "generator": "stub", "osm3s": stamp, "elements": [*ways, *nodes.values()]}


class Stub:
    """A server that does what it is told: `script` is taken one by one, and then it answers well."""

    def __init__(self) -> None:
        self.script, self.asked, self.at_once, self.most_at_once = [], [], 0, 0
        self.agents, self.times_s = set(), []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                stub.serve(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/api/interpreter"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def serve(self, handler) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            query = parse_qs(urlsplit(handler.path).query)["data"][0]
            self.asked.append(query)
            self.agents.add(handler.headers["User-Agent"])
            self.times_s.append(time.monotonic())
            body = json.dumps(grid_answer(query)).encode()
            (self.script.pop(0) if self.script else good)(handler, body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client had enough
        finally:
            self.at_once -= 1

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def reply(handler, status, body=b"", **headers):
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def good(handler, body):
    reply(handler, 200, body)


def status(code, **headers):
    return lambda handler, body: reply(handler, code, b"<html>busy</html>", **headers)


def cut(handler, body):
    reply(handler, 200, body[: len(body) // 2], Content_Length=str(len(body)))


def cut_and_silent(handler, body):
    """Cut short, and the server says nothing of how long it should have been."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])


def unfinished(handler, body):
    remark = 'runtime error: Query timed out in "query" at line 1 after 90 seconds.'
    good(handler, json.dumps({"elements": [], "remark": remark}).encode())


def drip(handler, body):
    handler.send_response(200)
    handler.end_headers()
    for byte in body[:200]:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.05)


def endless(handler, body):
    """More than anybody wants, without a word of how much."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b'{"elements":[')
    for _ in range(400):
        handler.wfile.write(b" " * 100_000)


def redirect(address):
    return lambda handler, body: reply(handler, 302, b"", Location=address)


@pytest.fixture
def stub(monkeypatch):
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    server = Stub()
    yield server
    server.close()


@pytest.fixture
def order(stub, tmp_path):
    def made(limits=QUICK, tile_m=2000.0, url=None):
        return Order(url or stub.url, tile_queries(BOUNDS, 500.0, tile_m), tmp_path / "tiles", limits)

    return made


def quiet(_):
    pass


def fault(order, tell=quiet):
    with pytest.raises(DataError) as raised:
        download(order, tell)
    (problem,) = raised.value.problems
    return problem.code, str(raised.value)


def kept(order):
    return sorted(path.name for path in order.folder.glob("0*.json"))


# What is asked


def test_tiles_cover_the_area_with_its_margin_and_no_more():
    queries = tile_queries(BOUNDS, 1000.0, 1000.0)
    boxes = [tuple(map(float, BOX.search(query).groups())) for query in queries]
    south, west = min(box[0] for box in boxes), min(box[1] for box in boxes)
    north, east = max(box[2] for box in boxes), max(box[3] for box in boxes)
    assert (BOUNDS[1] - south) * 111_320 == pytest.approx(1000, abs=0.5)
    assert (north - BOUNDS[3]) * 111_320 == pytest.approx(1000, abs=0.5)
    # a degree of longitude is 95.2 km here
    assert (BOUNDS[0] - west) * 95_200 == pytest.approx(1000, rel=0.001)
    assert (east - BOUNDS[2]) * 95_200 == pytest.approx(1000, rel=0.001)
    area = sum((n - s) * (e - w) for s, w, n, e in boxes)
    assert area == pytest.approx((north - south) * (east - west), rel=1e-6)
    assert all((n - s) * 111_320 <= 1000.5 and (e - w) * 95_200 <= 1001 for s, w, n, e in boxes)
    assert len(queries) == 5 * 4  # 4.2 by 3.9 km, in tiles of a kilometre at most
    assert all('way["highway"]' in query and query.endswith("(._;>;);out body qt;") for query in queries)


def test_tiles_together_are_the_area(stub, order, tmp_path):
    asked = order(tile_m=1000.0)
    tiles = download(asked, quiet)
    assert len(tiles) == len(asked.queries) == len(stub.asked) > 4
    assert stub.most_at_once == 1
    (agent,) = stub.agents
    assert re.fullmatch(r"Lifecircle/\d+\.\d+\.\d+ \(network download\)", agent)
    ways = combine(tiles, tmp_path / "all.json")
    whole = grid_answer(tile_queries(BOUNDS, 500.0, 1e6)[0])
    assert ways == sum(element["type"] == "way" for element in whole["elements"])
    (tmp_path / "whole.json").write_text(json.dumps(whole), encoding="utf-8")
    networks = [build_network(read_streets([tmp_path / name])) for name in ("all.json", "whole.json")]
    assert networks[0].content_hash == networks[1].content_hash
    assert json.loads((tmp_path / "all.json").read_text())["osm3s"]["timestamp_osm_base"] == "2026-01-01T00:00:00Z"


# Faults that pass


@pytest.mark.parametrize("trouble", [status(429), status(504), status(503), cut, cut_and_silent, unfinished])
def test_fault_that_passes_is_asked_again(stub, order, trouble):
    stub.script = [trouble]
    asked = order()
    notes = []
    download(asked, lambda progress: notes.append(progress.note))
    assert len(stub.asked) == len(asked.queries) + 1
    assert stub.asked[0] == stub.asked[1]
    assert len(kept(asked)) == len(asked.queries)
    assert sum("waiting" in note for note in notes) == 1


def test_waits_as_long_as_the_server_asks(stub, order):
    stub.script = [status(429, Retry_After="1")]
    download(order(), quiet)
    assert 1.0 <= stub.times_s[1] - stub.times_s[0] < 3.0


def test_waits_longer_each_time(stub, order):
    stub.script = [status(504)] * 3
    download(order(Limits(first_wait_s=0.1, pause_s=0.0)), quiet)
    waits_s = [later - earlier for earlier, later in zip(stub.times_s[:3], stub.times_s[1:4], strict=True)]
    assert waits_s[0] >= 0.1
    assert waits_s[1] >= 0.2
    assert waits_s[2] >= 0.4


def test_server_that_stays_busy_is_given_up(stub, order):
    stub.script = [status(504)] * 3
    code, words = fault(order(Limits(attempts=3, first_wait_s=0.01, pause_s=0.0)))
    assert code == "overpass_unavailable"
    assert "busy (504), 3 times" in words
    assert len(stub.asked) == 3


def test_nobody_there(stub, order):
    code, words = fault(order(Limits(attempts=2, first_wait_s=0.01), url="http://127.0.0.1:9/api/interpreter"))
    assert code == "overpass_unavailable"
    assert "no connection" in words


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("7", 7, 7), (None, 0, 0), ("soon", 0, 0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0, 0), ("later", 50, 60)],
)
def test_retry_after(text, least, most):
    if text == "later":
        text = email.utils.format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60), usegmt=True)
    assert least <= retry_after_s(text) <= most


# Faults that do not pass


@pytest.mark.parametrize("code", [400, 403, 404, 500])
def test_refusal_is_not_asked_again(stub, order, code):
    stub.script = [status(code)]
    assert fault(order())[0] == "overpass_refused"
    assert len(stub.asked) == 1


@pytest.mark.parametrize("trouble", [good, endless])
def test_too_large(stub, order, trouble):
    stub.script = [trouble]
    asked = order(Limits(max_bytes=20_000, pause_s=0.0))
    code, words = fault(asked)
    assert code == "overpass_too_large"
    assert "0.02 MB" in words
    assert (len(stub.asked), kept(asked)) == (1, [])


def test_size_limit_counts_all_tiles(stub, order):
    download(order(), quiet)
    sizes = [path.stat().st_size for path in sorted(order().folder.glob("0*.json"))]
    for path in order().folder.glob("0*.json"):
        path.unlink()
    few = order(Limits(max_bytes=sum(sizes) - 1, pause_s=0.0))
    assert fault(few)[0] == "overpass_too_large"
    assert len(kept(few)) == len(sizes) - 1
    assert len(download(order(Limits(max_bytes=sum(sizes), pause_s=0.0)), quiet)) == len(sizes)


def test_slow_server_and_the_time_limit(stub, order):
    stub.script = [drip]
    begun_s = time.monotonic()
    code, words = fault(order(Limits(max_seconds=0.5, pause_s=0.0)))
    assert code == "overpass_time_limit"
    assert "0.5 s" in words
    assert time.monotonic() - begun_s < 3.0


def test_silent_server_and_the_time_limit(stub, order):
    stub.script = [lambda handler, body: time.sleep(2.0)]
    begun_s = time.monotonic()
    assert fault(order(Limits(max_seconds=0.4, pause_s=0.0)))[0] == "overpass_time_limit"
    assert time.monotonic() - begun_s < 1.5


def test_wait_beyond_the_time_limit_is_not_begun(stub, order):
    stub.script = [status(429, Retry_After="600")]
    begun_s = time.monotonic()
    code, words = fault(order(Limits(max_seconds=5.0)))
    assert code == "overpass_time_limit"
    assert "600 s" in words
    assert time.monotonic() - begun_s < 3.0


@pytest.mark.parametrize(
    "address", ["http://localhost:{other}/x", "http://127.0.0.1:{other}/x", "https://127.0.0.1:{own}/x", "file:///etc"]
)
def test_redirect_elsewhere_is_refused(stub, order, address):
    other = Stub()
    own = stub.server.server_port
    stub.script = [redirect(address.format(other=other.server.server_port, own=own))]
    code, _ = fault(order())
    other.close()
    assert code == ("overpass_refused" if address.startswith("file") else "overpass_redirect")
    assert (len(stub.asked), other.asked) == (1, [])


def test_redirect_on_the_same_host_is_followed(stub, order):
    query = tile_queries(BOUNDS, 500.0)[0]
    stub.script = [lambda handler, body: reply(handler, 301, b"", Location=f"{handler.path}&moved=1")]
    download(order(), quiet)
    assert stub.asked[:2] == [query, query]


# Going on after a broken run


def test_resumed_run_asks_only_what_is_missing(stub, order):
    asked = order(tile_m=1000.0)
    total = len(asked.queries)
    stub.script = [good, good, good, status(403)]
    assert fault(asked)[1].count(f"3 of {total} tiles are kept") == 1
    assert kept(asked) == ["0000.json", "0001.json", "0002.json"]
    stub.asked.clear()
    shown = []
    assert len(download(asked, shown.append)) == total
    assert stub.asked == list(asked.queries[3:])
    assert (shown[0].tiles, shown[-1].tiles, shown[-1].of_tiles) == (3, total, total)
    stub.asked.clear()
    download(asked, quiet)
    assert stub.asked == []


def test_damaged_and_old_tiles_are_asked_again(stub, order):
    asked = order()
    paths = download(asked, quiet)
    assert len(paths) > 2
    paths[0].write_bytes(paths[0].read_bytes()[:100])
    month_ago_s = time.time() - 30 * 24 * 3600
    os.utime(paths[2], (month_ago_s, month_ago_s))
    stub.asked.clear()
    download(asked, quiet)
    assert stub.asked == [asked.queries[0], asked.queries[2]]


def test_tiles_of_another_area_are_thrown_away(stub, order, tmp_path):
    download(order(tile_m=1000.0), quiet)
    stub.asked.clear()
    wider = order()
    download(wider, quiet)
    assert stub.asked == list(wider.queries)
    assert len(kept(wider)) == len(wider.queries)


# The command


@pytest.fixture
def run(stub, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("LIFECIRCLE_OVERPASS_URL", stub.url)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("webmap.overpass_client.time.sleep", lambda _: None)

    def command(*arguments):
        try:
            code = main(["network", "download", *map(str, arguments)])
        except SystemExit as stopped:
            code = stopped.code
        return code, capsys.readouterr().err

    return command


def test_command_downloads_and_builds(stub, run, tmp_path):
    out, net = tmp_path / "c.json", tmp_path / "c.lcnet"
    stub.script = [status(429)]
    code, err = run("--subdistrict", "caojiadu", "--out", out, "--build", net)
    assert code == 0, err
    total = len(stub.asked) - 1
    assert f"{total}/{total} tiles" in err
    assert "MB" in err
    assert "OpenStreetMap contributors (ODbL)" in err
    assert "the server is busy (429), waiting 5 s" in err
    assert not (tmp_path / "c.json.tiles").exists()
    assert load_network(net).content_hash == build_network(read_streets([out])).content_hash


def test_command_that_broke_goes_on(stub, run, tmp_path):
    stub.script = [good, status(403)]
    code, err = run("--subdistrict", "hudong", "--out", "h.json", "--margin-m", "500")
    assert code == 1
    assert "403" in err
    assert not (tmp_path / "h.json").exists()
    first = stub.asked[0]
    assert run("--subdistrict", "hudong", "--out", "h.json", "--margin-m", "500")[0] == 0
    assert stub.asked.count(first) == 1


def test_command_that_was_stopped_goes_on(stub, run, tmp_path, monkeypatch):
    def stop(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("webmap.overpass_client.time.sleep", stop)
    code, err = run("--subdistrict", "caojiadu", "--out", "c.json")
    assert code == 130
    assert "goes on from there" in err
    monkeypatch.setattr("webmap.overpass_client.time.sleep", lambda _: None)
    assert run("--subdistrict", "caojiadu", "--out", "c.json")[0] == 0
    assert len(read_streets([tmp_path / "c.json"]).segment_u) > 100


def test_no_server_set(run, stub, monkeypatch):
    monkeypatch.delenv("LIFECIRCLE_OVERPASS_URL")
    code, err = run("--subdistrict", "caojiadu", "--out", "c.json")
    assert code == 2
    assert "LIFECIRCLE_OVERPASS_URL" in err
    assert "Set it" in err
    assert stub.asked == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--subdistrict", "nowhere", "--out", "c.json"],
        ["--subdistrict", "caojiadu", "--out", "c.osm"],
        ["--subdistrict", "caojiadu"],
        ["--subdistrict", "caojiadu", "--out", "c.json", "--margin-m", "-1"],
        ["--subdistrict", "caojiadu", "--out", "c.json", "--margin-m", "nan"],
        ["--subdistrict", "caojiadu", "--out", "c.json", "--max-mb", "0"],
    ],
)
def test_command_at_fault(run, stub, tmp_path, arguments):
    code, err = run(*arguments)
    assert code == 2
    assert err
    assert (stub.asked, list(tmp_path.iterdir())) == ([], [])


@pytest.mark.parametrize("address", ["ftp://host/x", "host/x", "http://", "http://user:pass@host/", "http://[bad"])
def test_address_that_cannot_be_used(address):
    with pytest.raises(LifecircleError, match="LIFECIRCLE_OVERPASS_URL"):
        config_from_environment({"LIFECIRCLE_OVERPASS_URL": address})


def test_no_server_is_asked_by_default():
    assert Config().overpass_url == ""
    assert config_from_environment({}).overpass_url == ""


def test_progress_in_words():
    line = progress_line(Progress(3, 12, 4_200_000, 20.2))
    assert line == "[######..................] 3/12 tiles, 4.2 MB, about 21 s left"
    assert progress_line(Progress(12, 12, 5_000_000, 0.0)) == f"[{'#' * 24}] 12/12 tiles, 5.0 MB"
    assert "about 3 min left, busy" in progress_line(Progress(1, 12, 0, 150.0, "busy"))
