"""Report text to claims: every figure that says something about the subdistrict, with its place in the text.

The way is: fold full-width signs, find sections, join wrapped lines, find figures, leave out what is no claim
(`claim_guards`), then say kind, qualifier, direction, stage, subject and indicator of each that is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from geo.claim_context import Boundaries, Context, context_of, find_boundaries
from geo.claim_figures import Figure, find_figures
from geo.claim_guards import why_no_claim
from geo.claim_kinds import kind_of
from geo.claim_numerals import fold
from geo.claim_sections import Section, join_wrapped_lines, read_sections, section_at
from geo.claim_words import direction_of, qualifier_of, stage_of, subject_of
from geo.indicators import Candidates, Indicator, Surroundings, assign_indicator, candidates_for
from geo.report_text import ReportText

NOT_ASSIGNED = ""
CURRENCY_UNITS = {"人民币": "元", "元人民币": "元"}
MODEL = re.compile(r"(?<![\d+])(\d{1,2})\+(\d{1,2})(?![\d+])”?(?=([^,，。;\n]{0,10}))")


@dataclass(frozen=True, slots=True)
class ExtractedClaim:
    """One figure of a report, as the program read it.

    `doc` is the report's id; `start` and `end` are offsets in the report's text (first digit to last character of the
    unit, `end` exclusive); `value` is in the base unit (1.2万人 is 12000 人), `value_max` the upper end of a range;
    `qualifier` is `exact`, `approx`, `at_least`, `more_than`, `at_most` or `model`; `kind` is `target`, `done`, `plan`,
    `in_progress` or `state`; `stage` names a stage that must not be added to others; `subject` is in the report's
    words;
    `section` is the path of headings; `indicator` and `layer` are empty where no indicator fits ("not assigned");
    `sha256` and `extractor` say which text the offsets belong to.
    """

    doc: str
    subdistrict: str
    year: int
    start: int
    end: int
    value: float
    value_max: float | None
    unit: str
    qualifier: str
    direction: str
    kind: str
    stage: str
    subject: str
    section: str
    indicator: str
    layer: str
    sha256: str
    extractor: str


@dataclass(frozen=True, slots=True)
class ReportId:
    """Which report a text is: its id, the subdistrict's slug, the year it reports on."""

    report_id: str
    subdistrict: str
    year: int


@dataclass(frozen=True, slots=True)
class ReadFigure:
    """A figure with the words round it, the section it stands in, and why it is no claim (None: it is one)."""

    context: Context
    section: Section
    rejected: str | None


def extract_claims(text: ReportText, report: ReportId, indicators: tuple[Indicator, ...]) -> tuple[ExtractedClaim, ...]:
    """Return every claim of a report in the order of its text.

    A text without a figure gives an empty tuple; nothing is raised for odd text, and time grows with its length.
    """
    claims: list[ExtractedClaim] = []
    earlier: tuple[int, str] = (-1, "")
    by_unit: dict[tuple[str, str], Candidates] = {}
    for read in read_figures(text.text, report.year, indicators):
        if read.rejected:
            continue
        inherited = earlier[1] if earlier[0] == read.context.sentence_start else None
        in_title = _in_title(read)
        kind = kind_of(read.context, read.section, in_title=in_title, inherited=inherited)
        earlier = (read.context.sentence_start, kind)
        stage = stage_of(read.context)
        key = (read.context.figure.unit, stage)
        if key not in by_unit:
            by_unit[key] = candidates_for(indicators, *key)
        claims.append(_claim(_Judged(read, kind, stage), text, report, by_unit[key]))
    return tuple(claims)


def read_figures(text: str, year: int, indicators: tuple[Indicator, ...]) -> Iterator[ReadFigure]:
    """Yield every figure of a report text, claims and others, so that a reader can see why one was left out."""
    folded = fold(text)
    sections = read_sections(folded, year)
    joined = join_wrapped_lines(folded, sections)
    boundaries = find_boundaries(joined)
    models = list(_models(joined, indicators))
    taken = {figure.start for figure in models}
    figures = [figure for figure in find_figures(joined) if figure.start not in taken]
    for figure in sorted([*figures, *models], key=lambda figure: figure.start):
        yield _read(joined, figure, boundaries, sections)


def _read(joined: str, figure: Figure, boundaries: Boundaries, sections: list[Section]) -> ReadFigure:
    """Return one figure with its words, its section and the verdict of the guards."""
    context = context_of(joined, figure, boundaries)
    rejected = None if figure.form == "model" else why_no_claim(context)
    return ReadFigure(context, section_at(sections, figure.start), rejected)


def _models(joined: str, indicators: tuple[Indicator, ...]) -> Iterator[Figure]:
    """Yield the two figures of “4+1” where it counts facilities (an indicator says so); elsewhere it is a name."""
    counting = [indicator for indicator in indicators if indicator.model]
    for match in MODEL.finditer(joined):
        if any(indicator.words.search(match[3]) for indicator in counting):
            for group in (1, 2):
                yield Figure(
                    match.start(group), match.end(group), float(match[group]), "", "model", shared=True, joint="+"
                )


def _in_title(read: ReadFigure) -> bool:
    """Return whether a figure stands in the heading of a project, whose result is told beneath."""
    section = read.section
    numbered = section.level > 0 and section.whole_line and section.has_body
    return numbered and read.context.figure.end <= section.heading_end


@dataclass(frozen=True, slots=True)
class _Judged:
    """A figure that is a claim, with its kind and stage."""

    read: ReadFigure
    kind: str
    stage: str


def _claim(judged: _Judged, text: ReportText, report: ReportId, candidates: Candidates) -> ExtractedClaim:
    """Return the claim of a figure."""
    read, kind = judged.read, judged.kind
    context, figure = read.context, read.context.figure
    subject = subject_of(context)
    around = Surroundings(
        subject=subject,
        clause=context.clause,
        sentence=context.sentence_before + context.written + context.sentence_after,
        heading=read.section.title,
    )
    indicator = assign_indicator(candidates, around)
    return ExtractedClaim(
        doc=report.report_id,
        subdistrict=report.subdistrict,
        year=report.year,
        start=figure.start,
        end=figure.end,
        value=figure.value,
        value_max=figure.value_max,
        unit=CURRENCY_UNITS.get(figure.unit, figure.unit),
        qualifier="model" if figure.form == "model" else qualifier_of(context),
        direction=direction_of(context),
        kind="state" if figure.form == "model" and kind == "done" else kind,
        stage=judged.stage,
        subject=subject,
        section=" / ".join(read.section.path),
        indicator=indicator.id if indicator else NOT_ASSIGNED,
        layer=(indicator.layer or "") if indicator else "",
        sha256=text.sha256,
        extractor=text.extractor,
    )
