"""What staff have said of the figures of work reports, kept in the store as revisions, like facilities.

Two pseudo-layers: `@reports` has a document for each report that was uploaded (never its text), `@claims` one for each
of its figures, and for each figure of a bundled table that somebody has corrected or rejected. A body says how the
figure stands: only what is confirmed joins a map. The history, its hash chain and the reading of a past moment hold for
them as for everything else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from geo.claims_table import Claim
from webmap.store_schema import HISTORY

REPORTS, CLAIMS = "@reports", "@claims"
Standing = Literal["proposed", "confirmed", "rejected"]
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report that was uploaded: `source` is the file's name, `sha256` and `extractor` say which text it has."""

    id: str
    subdistrict: str
    year: int
    title: str
    sha256: str
    extractor: str
    source: str


@dataclass(frozen=True, slots=True)
class ConfirmedClaims:
    """What readers are told of reports beside the bundled tables.

    `reports` holds the uploaded ones by id; `bodies` the published body of each figure by report and start.
    """

    reports: Mapping[str, KeptReport] = field(default_factory=dict)
    bodies: Mapping[tuple[str, int], Body] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Return a hash of everything that changes what readers see, empty where nothing does."""
        decided = {key: body for key, body in self.bodies.items() if body["standing"] != "proposed"}
        return hashlib.sha256(repr(sorted(decided.items())).encode()).hexdigest() if decided else ""

    def touched(self, report_id: str) -> set[int]:
        """Return the starts of a report's figures of which anything was decided here."""
        return {start for report, start in self.bodies if report == report_id}

    def over(self, seed: Iterable[Claim]) -> tuple[Claim, ...]:
        """Return the claims that count: the bundled ones as corrected and without the rejected, and the confirmed."""
        kept = {(claim.report_id, claim.start): claim for claim in seed}
        for key, body in self.bodies.items():
            if body["standing"] == "confirmed":
                kept[key] = claim_of(body)
            elif body["standing"] == "rejected":
                kept.pop(key, None)
        order = {report: place for place, report in enumerate(dict.fromkeys(report for report, _ in kept))}
        return tuple(kept[key] for key in sorted(kept, key=lambda key: (order[key[0]], key[1])))


def claim_body(claim: Claim, standing: Standing) -> Body:
    """Return what is kept of a figure."""
    return {"standing": standing, "claim": asdict(claim)}


def claim_of(body: Body) -> Claim:
    """Return the figure of a kept body."""
    return Claim(**body["claim"])


def claim_key(report_id: str, start: int) -> str:
    """Return the name under which a figure is kept."""
    return f"{report_id}:{start}"


def report_body(report: KeptReport) -> Body:
    """Return what is kept of a report, which has its id as its name."""
    return {name: value for name, value in asdict(report).items() if name != "id"}


def read_confirmed(connection: Connection, until: int) -> ConfirmedClaims:
    """Return what readers were told of reports after entry `until` of the history."""
    inside = (HISTORY.c.layer.in_((REPORTS, CLAIMS)), HISTORY.c.state == "published", HISTORY.c.seq <= until)
    newest = (
        select(func.max(HISTORY.c.seq).label("seq"))
        .where(*inside)
        .group_by(HISTORY.c.layer, HISTORY.c.feature)
        .subquery()
    )
    rows = connection.execute(
        select(HISTORY.c.layer, HISTORY.c.feature, HISTORY.c.after).join(newest, HISTORY.c.seq == newest.c.seq)
    ).all()
    kept = [(row.layer, row.feature, json.loads(row.after)) for row in rows if row.after is not None]
    told = {name: body for layer, name, body in kept if layer == REPORTS}
    reports = {name: KeptReport(id=name, **told[name]) for name in sorted(told)}
    bodies = {split_key(name): body for layer, name, body in kept if layer == CLAIMS}
    return ConfirmedClaims(reports, dict(sorted(bodies.items())))


def confirmed_changed(connection: Connection, after: int, to: int) -> bool:
    """Return whether anything about a report was published after entry `after`, up to and with `to`."""
    inside = (HISTORY.c.seq > after, HISTORY.c.seq <= to, HISTORY.c.layer.in_((REPORTS, CLAIMS)))
    found = connection.execute(select(HISTORY.c.seq).where(*inside, HISTORY.c.state == "published").limit(1)).first()
    return found is not None


def split_key(name: str) -> tuple[str, int]:
    """Return the report and the start that a kept name stands for."""
    report_id, _, start = name.rpartition(":")
    return report_id, int(start)
