"""Every attack in small size, against one fresh system; full size and timing are `make attack`."""

from collections.abc import Iterator

import pytest

from tests.attack.registry import ATTACKS, THEMES, Attack, Size, all_attacks
from tests.attack.target import Target, running

pytestmark = pytest.mark.xdist_group("attack")
SIZE = Size(is_full=False)
SMALL = [one for one in all_attacks() if not one.is_full_only]


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """The attacked system."""
    with running(print, SIZE.seed) as one:
        yield one


@pytest.mark.parametrize("attack", SMALL, ids=lambda one: f"{one.theme}-{one.name.replace(' ', '-')}")
def test_nothing_is_hit(target: Target, attack: Attack) -> None:
    outcome = attack.run(target, SIZE)
    print(outcome)
    assert outcome.tries > 0
    assert outcome.hits == 0, outcome.note


def test_every_attack_has_a_name_of_its_own_and_a_bound() -> None:
    assert {one.theme for one in ATTACKS} == set(THEMES)
    assert len({one.name for one in ATTACKS}) == len(ATTACKS)
    assert all(one.bound for one in ATTACKS)
    with pytest.raises(ValueError, match="no such theme: nothing"):
        all_attacks(["nothing"])
