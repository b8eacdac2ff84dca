"""A test of a stack that fails shows what its programs said."""

from collections.abc import Generator, Iterator
from typing import Any

import pytest

from tests.chaos.rig import Rig, running_rig
from tests.chaos.stack import Stack


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, Any, Any]:
    """Add the ends of all logs to the report of a test that has failed with a stack among its fixtures."""
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Rig):
                value = value.stack  # noqa: PLW2901 -- what stands behind it
            if isinstance(value, Stack):
                report.sections.append(("logs of the stack", value.read_log_tails()))
    return report


@pytest.fixture(scope="package")
def rig() -> Iterator[Rig]:
    """Return the stack that the tests of named faults share."""
    with running_rig() as rig:
        yield rig
