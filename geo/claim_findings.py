"""What a check of a report found: a verdict, the words for it in both languages, and the claims it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from geo.claims import ExtractedClaim

# agrees: the figures fit; contradicts: they cannot all be true; does_not_add_up: printed and computed differ;
# short: what is itemised or done does not reach what is stated; exceeds: more was done than was set out;
# cannot_tell: the report does not say enough.
VERDICTS = ("agrees", "contradicts", "does_not_add_up", "short", "exceeds", "cannot_tell")
CHECKS = ("listed_twice", "itemised", "target", "share", "parts", "capacity")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check of a report found.

    `check` is one of `CHECKS`, `verdict` one of `VERDICTS`, `zh` and `en` say it in words, `claims` are the figures it
    rests on in the report's order, `stated` and `found` the two figures held against each other (None: there is none).
    """

    check: str
    verdict: str
    zh: str
    en: str
    claims: tuple[ExtractedClaim, ...]
    stated: float | None = None
    found: float | None = None


def number(value: float) -> str:
    """Return a figure as it is written: no needless decimals, thousands apart."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.10g}"


def figure(claim: ExtractedClaim) -> str:
    """Return a claim's figure with its unit: 3 台, 3–4 台, 65.08 %."""
    upper = f"–{number(claim.value_max)}" if claim.value_max is not None else ""
    return f"{number(claim.value)}{upper} {claim.unit}".rstrip()
