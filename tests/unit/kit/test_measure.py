"""How much room the objects have."""

import shutil
from pathlib import Path

import pytest

from services.kit.measure import measure_room


def test_the_room_of_a_folder_is_that_of_its_file_system(tmp_path: Path) -> None:
    output = {metric.name: metric.samples[0].value for metric in measure_room(tmp_path.as_uri())}
    usage = shutil.disk_usage(tmp_path)
    assert output["govah_storage_bytes"] == usage.total
    # Others write there meanwhile.
    assert output["govah_storage_free_bytes"] == pytest.approx(usage.free, rel=0.05)


@pytest.mark.parametrize("url", ["s3://bucket/letters", "memory:///"])
def test_nobody_knows_the_room_of_a_bucket(url: str) -> None:
    assert list(measure_room(url)) == []
