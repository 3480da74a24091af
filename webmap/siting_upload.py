"""Candidate sites that a planner has brought in a file: read for the page, a job and the command in the same way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from geo.assessment import Place
from geo.candidate_table import CandidateTable, candidates_of
from geo.datum_shift import DATUMS
from geo.errors import NotFoundError
from geo.import_model import ImportTarget
from geo.known_places import known_places
from geo.table_csv import Encoding
from geo.table_formats import read_table
from webmap.config import Config
from webmap.import_uploads import Upload, read_upload, sheet_bytes
from webmap.snapshot import NO_LAYER, Snapshot

MOST_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class CandidateFile:
    """A file of candidates: its name and bytes, the encoding of a CSV, and the datum that was declared (or "")."""

    name: str
    raw: bytes
    encoding: str = "utf-8"
    datum: str = ""


@dataclass(frozen=True, eq=False)
class Brought:
    """A file of candidates that is kept: its id, its name, and what was read in it."""

    id: str
    name: str
    table: CandidateTable


def read_candidates(now: Snapshot, place: Place, layer_id: str, base: Path, file: CandidateFile) -> CandidateTable:
    """Return the candidates of a file; `base` is the folder data/base, for places that are known.

    Raises:
        DataError: With every fault of the file.
    """
    table = read_table(file.raw, file.name, cast("Encoding", file.encoding))
    known = known_places(base, [one.frame for one in now.live.layers.values()])
    outlines = {place.subdistrict.id: place.outline}
    target = ImportTarget(now.layer(layer_id), now.catalog, {}, outlines, known)
    datum = next((one for one in DATUMS if one == file.datum), None)
    return candidates_of(table, target, datum)


def brought_candidates(now: Snapshot, config: Config, upload_id: str, who: str, asked: tuple[Place, str]) -> Brought:
    """Return the candidates that `who` brought for a place and a layer's id, read once.

    Raises:
        NotFoundError: There is no such file any more, it is somebody else's, or was brought for another question.
    """
    place, layer_id = asked
    upload = read_upload(config, upload_id, who)
    if (upload.subdistrict, upload.layer) != (place.subdistrict.id, layer_id):
        found = "these candidates were brought for another layer or subdistrict"
        raise NotFoundError("unknown_upload", "candidates", found, "Bring them again here")

    def read() -> Brought:
        file = CandidateFile(upload.name, sheet_bytes(config, upload), upload.encoding, upload.datum)
        return Brought(upload.id, upload.name, read_candidates(now, place, layer_id, config.data / "base", file))

    return now.answer(NO_LAYER, ("candidates", place.subdistrict.id, upload.id), read)


def new_upload(file: CandidateFile, who: str, place: Place, layer_id: str) -> Upload:
    """Return a file of candidates as it is kept."""
    return Upload("", who, file.name, layer_id, place.subdistrict.id, file.encoding, file.datum)
