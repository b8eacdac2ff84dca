"""A worker has the same memory after a thousand letters: what it remembers is bounded, and full at its start.

`make fuzz` measures it.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from services.pdfworker.letter.paragraphs import count_remembered
from services.pdfworker.letter.render import warm_up
from services.pdfworker.letter.setter import REMEMBERED_TEXTS
from tests.sizes import IS_FULL
from tests.unit.pdfworker.letters import LETTERHEAD, SAMPLES

pytestmark = pytest.mark.xdist_group("letters")


def test_a_worker_remembers_as_many_texts_at_its_start_as_ever() -> None:
    warm_up(LETTERHEAD)
    assert count_remembered() == REMEMBERED_TEXTS
    SAMPLES["jobs"]().render()
    assert count_remembered() == REMEMBERED_TEXTS


@pytest.mark.skipif(not IS_FULL, reason="make fuzz makes 1,300 letters")
@pytest.mark.timeout(300)
def test_memory_grows_by_less_than_a_kibibyte_a_letter() -> None:
    command = [sys.executable, "-m", "bench.letters", "--grow", "--letters", "1000"]
    process = subprocess.run(command, cwd=Path(__file__).parents[4], check=True, capture_output=True)
    assert json.loads(process.stdout)["growth"] < 1
