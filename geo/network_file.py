"""A walking network as one file: a JSON header with its hash, then the arrays as they stand in memory.

The arrays are mapped, not read, so a city's network is ready in milliseconds and workers share its pages.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from geo.errors import DataError
from geo.network import ARRAY_FIELDS, FORMAT_VERSION, LeftOut, WalkNetwork
from geo.streets import Gate

_MAGIC = b"LCNET\r\n\x1a"
_ALIGNMENT = 64
_LENGTH_BYTES, _DIGEST_BYTES = 8, 32
_READABLE_BY_ALL = 0o644


def save_network(network: WalkNetwork, path: Path) -> None:
    """Write a network to one file; a crash in the middle leaves the old file in place."""
    arrays = [np.ascontiguousarray(getattr(network, name)) for name in ARRAY_FIELDS]
    header = json.dumps(_header(network, arrays), ensure_ascii=False).encode()
    with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(_MAGIC + len(header).to_bytes(_LENGTH_BYTES, "little") + hashlib.sha256(header).digest() + header)
        for array in arrays:
            file.write(b"\0" * (-file.tell() % _ALIGNMENT))
            file.write(array.tobytes())
    beside = Path(file.name)
    beside.chmod(_READABLE_BY_ALL)
    beside.replace(path)


def _header(network: WalkNetwork, arrays: list[np.ndarray[Any, Any]]) -> dict[str, Any]:
    return {
        "format": FORMAT_VERSION,
        "content_hash": network.content_hash,
        "arrays": [[name, array.dtype.str, array.shape] for name, array in zip(ARRAY_FIELDS, arrays, strict=True)],
        "names": network.names,
        "highways": network.highways,
        "gates": [[gate.node, gate.opening_hours] for gate in network.gates],
        "left_out": [[part.nodes, part.length_m, part.lon, part.lat] for part in network.left_out],
        "meta": network.meta,
    }


def load_network(path: Path, *, verify: bool = True) -> WalkNetwork:
    """Map a network file; with `verify` its content hash is computed and compared.

    Raises:
        DataError: The file is not a network, of another format version, cut short or damaged.
    """
    header, offset = _read_header(path)
    arrays, end = _map_arrays(path, header, offset)
    if path.stat().st_size != end:
        raise _damaged(path, f"{path.stat().st_size} bytes, {end} expected")
    try:
        network, stated_hash = _assemble(header, arrays), str(header["content_hash"])
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, "the header lacks something") from error
    if verify and network.content_hash != stated_hash:
        raise _damaged(path, "its content does not fit its content hash")
    if not verify:
        network.__dict__["content_hash"] = stated_hash
    return network


def _assemble(header: dict[str, Any], arrays: dict[str, Any]) -> WalkNetwork:
    return WalkNetwork(
        **arrays,
        names=tuple(header["names"]),
        highways=tuple(header["highways"]),
        gates=tuple(Gate(node, hours, shut=False) for node, hours in header["gates"]),
        left_out=tuple(LeftOut(*part) for part in header["left_out"]),
        meta=header["meta"],
    )


def _read_header(path: Path) -> tuple[dict[str, Any], int]:
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise DataError.single(
                "not_a_network", str(path), "not a network file", "Make one with `lifecircle network build`."
            )
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        if length > path.stat().st_size:
            raise _damaged(path, "the header is cut short")
        digest, raw = file.read(_DIGEST_BYTES), file.read(length)
        if hashlib.sha256(raw).digest() != digest:
            raise _damaged(path, "the header does not fit its hash")
        header = _decode(path, raw)
        offset = file.tell()
    if header.get("format") != FORMAT_VERSION:
        raise DataError.single(
            "network_format",
            str(path),
            f"format {header.get('format')!r}, this program reads format {FORMAT_VERSION}",
            "Build the network again with `lifecircle network build`.",
        )
    return header, offset


def _decode(path: Path, raw: bytes) -> dict[str, Any]:
    try:
        header = json.loads(raw)
    except ValueError as error:
        raise _damaged(path, "the header is not readable") from error
    if not isinstance(header, dict):
        raise _damaged(path, "the header is not readable")
    return header


def _map_arrays(path: Path, header: dict[str, Any], offset: int) -> tuple[dict[str, Any], int]:
    arrays: dict[str, Any] = {}
    try:
        for name, dtype, shape in header["arrays"]:
            offset += -offset % _ALIGNMENT
            size = int(np.prod(shape)) * np.dtype(dtype).itemsize
            mapped = np.memmap(path, dtype=dtype, mode="r", offset=offset, shape=tuple(shape)) if size else None
            arrays[name] = np.zeros(shape, dtype) if mapped is None else np.asarray(mapped)
            offset += size
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise _damaged(path, "an array is cut short") from error
    if set(arrays) != set(ARRAY_FIELDS):
        raise _damaged(path, "an array is missing")
    return arrays, offset


def _damaged(path: Path, found: str) -> DataError:
    return DataError.single(
        "network_damaged", str(path), found, "Build the network again with `lifecircle network build`."
    )
