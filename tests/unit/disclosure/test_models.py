"""The states of a request: the allowed transitions, and no other."""

from itertools import product

import pytest

from services.disclosure.models import (
    DisclosureRequest,
    RequestState,
    TransitionForbidden,
    find_states_before,
)

QUEUED, RENDERING, READY, FAILED = RequestState
ALLOWED = {
    (QUEUED, RENDERING),
    (RENDERING, RENDERING),
    (RENDERING, QUEUED),
    (RENDERING, READY),
    (RENDERING, FAILED),
    (FAILED, QUEUED),
}


@pytest.mark.parametrize(("before", "after"), list(product(RequestState, repeat=2)))
def test_request_moves_only_as_allowed(before: RequestState, after: RequestState) -> None:
    request = DisclosureRequest(state=before)
    if (before, after) in ALLOWED:
        request.move(after)
        assert request.state is after
    else:
        with pytest.raises(TransitionForbidden):
            request.move(after)
        assert request.state is before


def test_queued_and_rendering_requests_can_be_claimed() -> None:
    assert find_states_before(RENDERING) == {QUEUED, RENDERING}
