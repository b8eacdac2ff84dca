"""The people of an event, packed: events of lists are stored for long, one for each list.

An outbox stores them packed (`pack_subjects`). The feed shows them as its contract says (`unpack_data`).
"""

import base64
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

PACKED = "packed_subjects"
ID_BYTES = 16


def pack_subjects(ids: Sequence[str]) -> Mapping[str, str | None]:
    """Return the members of an event's data that have these ids, in half of their length.

    `subjects` is null: code of before, which cannot unpack them, must fail and retry rather than see nobody.
    """
    content = b"".join(uuid.UUID(one).bytes for one in ids)
    return {"subjects": None, PACKED: base64.b85encode(content).decode("ascii")}


def unpack_data(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the data of a stored event as the feed shows it."""
    if PACKED not in data:
        return data
    content = base64.b85decode(data[PACKED])
    subjects = [
        str(uuid.UUID(bytes=content[start : start + ID_BYTES])) for start in range(0, len(content), ID_BYTES)
    ]
    return {**{name: value for name, value in data.items() if name != PACKED}, "subjects": subjects}
