"""Map data as it is sent, kept with the answers it is made of: of a whole city it takes seconds to write down."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from flask import Response, current_app

from webmap.snapshot import Snapshot

_FASTEST = 1


def kept_json(now: Snapshot, layer_id: str, key: tuple[object, ...], make: Callable[[], object]) -> Response:
    """Return what `make` gives as JSON, worked out once a snapshot and kept compressed.

    Args:
        now: The snapshot that it is made of.
        layer_id: The layer that it rests on, as for `Snapshot.answer`.
        key: What was asked for; the second part is the subdistrict.
        make: Gives plain JSON values.
    """
    packed = now.answer(layer_id, key, lambda: zlib.compress(current_app.json.dumps(make()).encode(), _FASTEST))
    return Response(zlib.decompress(packed), mimetype="application/json")
