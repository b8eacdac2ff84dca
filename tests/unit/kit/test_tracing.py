"""Traces that nobody asked for cost nothing; the e2e tests look at those that somebody did."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import tracing


def test_without_traces_a_failure_passes_through_as_it_is() -> None:
    with pytest.raises(KeyError), tracing.span("render", "internal"):
        raise KeyError


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_request_has_one_trace_and_each_its_own(one: str, other: str) -> None:
    assert 0 < tracing.derive_trace_id(one) < 1 << 128
    assert (tracing.derive_trace_id(one) == tracing.derive_trace_id(other)) == (one == other)
