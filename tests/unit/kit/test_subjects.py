"""People of an event are packed where it is stored, and listed where it is read."""

import json
import time
import uuid

from services.kit.ordered_ids import new_ordered_id
from services.kit.subjects import pack_subjects, unpack_data


def test_packed_subjects_are_read_as_they_were() -> None:
    ids = [str(uuid.uuid4()) for _ in range(10)]
    data = {"list_id": ids[0], "month_jalali": "1403-07"}
    stored = json.loads(json.dumps({**data, **pack_subjects(ids)}))
    assert unpack_data(stored) == data | {"subjects": ids}
    assert len(json.dumps(stored)) < 0.7 * len(json.dumps(data | {"subjects": ids}))
    # Code that cannot unpack them does not take the event for one about nobody.
    assert stored["subjects"] is None


def test_data_of_other_events_is_unchanged() -> None:
    data = {"objection_id": "1", "subjects": ["a"]}
    assert unpack_data(data) == data


def test_ordered_ids_are_of_version_7_and_grow() -> None:
    begun = time.time_ns() // 1_000_000
    first = new_ordered_id()
    time.sleep(0.002)
    later = [new_ordered_id() for _ in range(1000)]
    assert {(one.version, one.variant) for one in (first, *later)} == {(7, uuid.RFC_4122)}
    assert all(one > first for one in later)
    assert len(set(later)) == 1000
    assert begun <= first.int >> 80 <= later[0].int >> 80
