"""/planner/<subdistrict>/report: the report of a subdistrict as a page to read and print, and as PDF."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from webmap.desk_report import desk_report
from webmap.responses import unless_known
from webmap.typeset import typeset
from webmap.views import KEPT_CHOICES, read_view, snapshot

pages = Blueprint("desk_report", __name__)


@pages.get("/planner/<subdistrict>/report")
def show(subdistrict: str) -> str:
    """Show the report as a page; printed from a browser it has the same content as the PDF."""
    now = snapshot()
    place = now.place(subdistrict)
    view = read_view(now.catalog)
    query = urlencode({name: request.args[name] for name in KEPT_CHOICES if name in request.args})
    return render_template(
        "desk_report.html",
        place=place,
        view=view,
        report=desk_report(now, place, view, datetime.now(UTC)),
        pdf_query=f"?{query}" if query else "",
        section="planner",
    )


@pages.get("/planner/<subdistrict>/report.pdf")
def as_pdf(subdistrict: str) -> Response:
    """Return the report as PDF, A4."""
    now = snapshot()
    place = now.place(subdistrict)
    view = read_view(now.catalog)

    def made() -> Response:
        printed = datetime.now(UTC)
        content = typeset("desk_report.typ", desk_report(now, place, view, printed), printed)
        response = Response(content, mimetype="application/pdf")
        response.headers["Content-Disposition"] = f'inline; filename="lifecircle-{place.subdistrict.id}.pdf"'
        return response

    # The day is on every page of it: yesterday's copy is not today's.
    return unless_known(f"{place.data_version} {datetime.now(UTC).date()}", made)
