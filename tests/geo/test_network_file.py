"""A network file: what comes back is what went in, and a file that is damaged or old is refused in words."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from geo.errors import DataError
from geo.network import ARRAY_FIELDS
from geo.network_build import build_network, read_streets
from geo.network_file import load_network, save_network
from geo.streets import Gate


@pytest.fixture(scope="module")
def network(root):
    return build_network(read_streets([root / "data" / "base" / "streets_caojiadu.geojson"]), 5)


@pytest.fixture
def saved(network, tmp_path):
    path = tmp_path / "streets.lcnet"
    save_network(network, path)
    return path


def _code(path, **options):
    with pytest.raises(DataError) as raised:
        load_network(path, **options)
    assert str(path) in str(raised.value)
    return [problem.code for problem in raised.value.problems]


def _header_place(raw):
    """Return where the header begins and ends: after the magic, its length and its hash."""
    return 48, 48 + int.from_bytes(raw[8:16], "little")


def test_round_trip(network, saved):
    for verify in (True, False):
        loaded = load_network(saved, verify=verify)
        for name in ARRAY_FIELDS:
            own, other = getattr(network, name), getattr(loaded, name)
            assert own.dtype == other.dtype
            np.testing.assert_array_equal(own, other)
        for name in ("names", "highways", "gates", "left_out", "meta", "content_hash"):
            assert getattr(loaded, name) == getattr(network, name)


def test_writing_again_gives_the_same_bytes(network, saved, tmp_path):
    again = tmp_path / "again.lcnet"
    save_network(load_network(saved), again)
    assert again.read_bytes() == saved.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.lcnet", "streets.lcnet"]


def test_gates_come_back(tmp_path, make_network):
    gates = (Gate(1, "06:00-22:00", False), Gate(2, "", False))
    path = tmp_path / "gates.lcnet"
    save_network(replace(make_network([(0, 1), (1, 2)], [5, 6]), gates=gates), path)
    assert load_network(path).gates == gates


def test_arrays_are_mapped_and_not_copied(saved):
    loaded = load_network(saved)
    for name in ARRAY_FIELDS:
        array = getattr(loaded, name)
        base = array
        while base is not None and not isinstance(base, np.memmap):
            base = getattr(base, "base", None)
        assert isinstance(base, np.memmap), name
        assert not array.flags.writeable
        assert array.ctypes.data % 8 == 0


def test_one_flipped_byte_in_an_array(network, saved):
    raw = saved.read_bytes()
    end = _header_place(raw)[1]
    for name in ARRAY_FIELDS:
        content = np.ascontiguousarray(getattr(network, name)).tobytes()
        begin = end + -end % 64
        end = begin + len(content)
        assert raw[begin:end] == content
        for place in {begin, begin + len(content) // 3, begin + len(content) // 2, end - 1}:
            for mask in (1, 0x80):
                saved.write_bytes(raw[:place] + bytes([raw[place] ^ mask]) + raw[place + 1 :])
                assert _code(saved) == ["network_damaged"], (name, place)
    assert end == len(raw)
    saved.write_bytes(raw)
    assert load_network(saved).content_hash == network.content_hash


def test_one_flipped_byte_in_the_header(saved):
    raw = saved.read_bytes()
    _, end = _header_place(raw)
    for place in range(16, end):
        saved.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        assert _code(saved) == ["network_damaged"], raw[place - 20 : place + 20]


def test_one_flipped_byte_in_the_length_of_the_header(saved):
    raw = saved.read_bytes()
    for place in range(8, 16):
        for mask in (1, 0x80):
            saved.write_bytes(raw[:place] + bytes([raw[place] ^ mask]) + raw[place + 1 :])
            assert _code(saved) == ["network_damaged"]


def test_cut_short(saved):
    raw = saved.read_bytes()
    places = {9, 15, 16, 40, _header_place(raw)[1], len(raw) - 1} | set(range(8, len(raw), len(raw) // 60))
    for place in sorted(places):
        saved.write_bytes(raw[:place])
        assert _code(saved) == ["network_damaged"], place


def test_bytes_too_many(saved):
    saved.write_bytes(saved.read_bytes() + b"\0")
    assert _code(saved) == ["network_damaged"]
    assert _code(saved, verify=False) == ["network_damaged"]


@pytest.mark.parametrize("content", [b"", b"LCNET", b"{}", b'{"type": "FeatureCollection"}', b"\x89PNG\r\n\x1a\n" * 9])
def test_not_a_network(tmp_path, content):
    path = tmp_path / "other.lcnet"
    path.write_bytes(content)
    assert _code(path) == ["not_a_network"]


def test_other_format_version(saved, rewrite_header):
    rewrite_header(saved, lambda header: header | {"format": 99})
    with pytest.raises(DataError) as raised:
        load_network(saved)
    assert [problem.code for problem in raised.value.problems] == ["network_format"]
    assert "99" in str(raised.value)
    assert "lifecircle network build" in str(raised.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda header: [],
        lambda header: {key: value for key, value in header.items() if key != "names"},
        lambda header: {key: value for key, value in header.items() if key != "content_hash"},
        lambda header: header | {"arrays": header["arrays"][1:]},
        lambda header: header | {"arrays": [*header["arrays"][:-1], ["area", "<f8", [-1, 2]]]},
        lambda header: header | {"arrays": [["lon", "no type", [3]], *header["arrays"][1:]]},
        lambda header: header | {"gates": 5},
        lambda header: header | {"left_out": [[1]]},
        lambda header: header | {"content_hash": "0" * 64},
    ],
)
def test_header_that_makes_no_sense(saved, rewrite_header, change):
    rewrite_header(saved, change)
    assert _code(saved) == ["network_damaged"]


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_network(tmp_path / "nothing.lcnet")


@pytest.fixture
def rewrite_header():
    """Write a file's header anew with a change in it, so that all but the change fits."""

    def rewrite(path, change):
        raw = path.read_bytes()
        begin, end = _header_place(raw)
        header = json.dumps(change(json.loads(raw[begin:end])), ensure_ascii=False).encode()
        header += b" " * ((end - begin - len(header)) % 64)
        path.write_bytes(raw[:8] + len(header).to_bytes(8, "little") + sha256(header).digest() + header + raw[end:])

    return rewrite
