"""Every attack in small size, against one fresh system; full size and timing are `make attack`."""

from collections.abc import Iterator

import pytest

from tests.attack.registry import ATTACKS, THEMES, Attack, Size, list_attacks
from tests.attack.target import Target, running

pytestmark = pytest.mark.xdist_group("attack")
SIZE = Size(is_full=False)
SMALL = [one for one in list_attacks() if not one.is_full_only]


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """Return the attacked system."""
    with running(print, SIZE.seed) as one:
        yield one


@pytest.mark.parametrize("attack", SMALL, ids=lambda one: f"{one.theme}-{one.name.replace(' ', '-')}")
def test_attack_has_no_hit(target: Target, attack: Attack) -> None:
    outcome = attack.run(target, SIZE)
    print(outcome)
    assert outcome.tries > 0
    assert outcome.hits == 0, outcome.note


def test_attacks_have_unique_names_and_bounds() -> None:
    assert {one.theme for one in ATTACKS} == set(THEMES)
    assert len({one.name for one in ATTACKS}) == len(ATTACKS)
    assert all(one.bound for one in ATTACKS)
    with pytest.raises(ValueError, match="no such theme: nothing"):
        list_attacks(["nothing"])
