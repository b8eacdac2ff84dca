"""Every figure of every statement is that of another generator, also after officers have changed the records.

`TEST_SIZE=full` takes 300 people and 50 changes, FIGURES_SEED another town.
"""

import os
from random import Random

import pytest

from tests.service.records.desk import Desk
from tests.service.records.other_changes import Changes
from tests.service.records.other_records import OtherRecords
from tests.service.records.other_town import generate_town
from tests.sizes import IS_FULL

PEOPLE, WORKSHOPS, MONTHS, HELD, CHANGES = (300, 14, 20, 12, 50) if IS_FULL else (30, 4, 8, 4, 14)
SEED = int(os.environ.get("FIGURES_SEED", "1403"))


@pytest.mark.timeout(1800)
def test_figures_are_those_of_another_generator(desk: Desk) -> None:
    dice = Random(SEED)
    records = OtherRecords(desk, generate_town(dice, PEOPLE, WORKSHOPS, MONTHS), dice)
    changes = Changes(records)
    sheets = records.town.sheets
    # Lists come late, and some employers send all of theirs together.
    for sheet in dice.sample(sheets, len(sheets)):
        records.import_sheet(sheet)
    records.load_ids()
    changes.import_held(HELD)
    corrected = records.settle_proposals()
    records.take_most_stated()
    assert list(records.list_differences()) == []
    before = records.count_figures()
    for change in changes.list_changes(CHANGES):
        change()
    assert list(records.list_differences()) == [], changes.made
    assert list(records.check_merged()) == []
    print(
        f"{len(records.identities)} people, {len(sheets)} lists, {corrected} proposals of the system, "
        f"{before} figures; {len(changes.made)} changes, {records.count_figures()} figures: 0 differences"
    )
