"""The application with one more address: every POST to /storm saves a feature and answers with its revision."""

from __future__ import annotations

from flask import Flask, jsonify, request

import webmap
from webmap import server
from webmap.access_control import open_to_all
from webmap.revisions import Authorship, Change, ConflictError, read_head, write_changes
from webmap.views import the_store


def create_app() -> Flask:
    """Return the application that the server starts."""
    app = webmap.create_app()

    @app.post("/storm/<feature>")
    @open_to_all("a test writes here as fast as it can")
    def save(feature: str):
        store = the_store()
        while True:
            with store.reading() as connection:
                head = read_head(connection, "lifts", feature)
            change = Change("lifts", feature, "update", None, head and head.revision, "draft")
            try:
                with store.writing() as connection:
                    (written,) = write_changes(connection, [change], Authorship("storm", request.args["n"], "api"))
            except ConflictError:
                continue
            return jsonify({"seq": written.seq, "revision": written.revision})

    return app


if __name__ == "__main__":
    server.main(create_app)
