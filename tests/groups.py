"""Tests of one `xdist_group` on one worker, the long groups first, all others in bundles of a module.

pytest-xdist 3.8 writes groups into node ids, which pytest 9.2 no longer lets it (pytest-xdist issue 1386):
`--dist loadgroup` then distributes test by test, and every worker starts every shared system. Here workers
write their groups to a file of the run, from which the scheduler takes them. Node ids stay as they are.

What a module's tests share is made on fewer workers if neighbours stay together. And the scheduler counts
through all that it has given away, after each test.
"""

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling

# In this order, so that no worker is left alone with one of them at the end.
LONGEST = ("chaos", "browser", "faults", "e2e", "attack", "e2e-left", "e2e-bare", "chaos-broker")
FILE = "groups.json"
# Bundles for each worker, enough that the last ones end at about the same time, and the most tests of one.
BUNDLES, LARGEST_BUNDLE = 40, 25


def group_of(item: pytest.Item) -> str | None:
    """Return the group of a test, if it has one."""
    mark = item.get_closest_marker("xdist_group")
    return str(mark.args[0]) if mark else None


def order_and_write(items: list[pytest.Item], room: Path, workers: int) -> None:
    """Put the long groups first, and write the groups of all tests into the room."""
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(group_of(item) or "", len(LONGEST)))
    own = room / f"{FILE}.{os.getpid()}"
    own.write_text(json.dumps(build_groups(items, workers)), "utf-8")
    own.replace(room / FILE)


def build_groups(items: Sequence[pytest.Item], workers: int) -> Mapping[str, str]:
    """Return the groups of all tests by their node ids: those that they name, else bundles of a module."""
    largest = min(LARGEST_BUNDLE, len(items) // (BUNDLES * workers) + 1)
    places: Counter[Path] = Counter()
    groups: dict[str, str] = {}
    for item in items:
        group = group_of(item)
        if group is None:
            group = f"{item.path}:{places[item.path] // largest}"
            places[item.path] += 1
        groups[item.nodeid] = group
    return groups


class GroupScheduling(LoadGroupScheduling):  # type: ignore[misc]  # xdist has no types
    """Schedule by the groups that the workers have written into the room, in the order of collection."""

    def __init__(self, config: pytest.Config, log: Any, room: Path) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False
        self._room = room

    @cached_property
    def _groups(self) -> Mapping[str, str]:
        groups: dict[str, str] = json.loads((self._room / FILE).read_text("utf-8"))
        return groups

    def _split_scope(self, nodeid: str) -> str:
        return self._groups[nodeid]
