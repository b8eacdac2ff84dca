"""Representatives by the names that the person gave them; activity and permits have only their ids."""

from collections.abc import Iterable, Mapping
from itertools import islice

from gateway.portal import sessions
from govah_client.errors import ApiError
from govah_client.pages import iterate

# The number of mandates that are searched.
SEARCH_LIMIT = 200


def name_representatives(actors: Iterable[str | None]) -> Mapping[str, str]:
    """Return the labels of these representatives by their ids; without them while auth does not answer.

    A representative sees no labels: those of the page are the person's.
    """
    wanted = {actor for actor in actors if actor}
    signed_in = sessions.load_session()
    if not wanted or signed_in is None or signed_in.acting:
        return {}
    try:
        mandates = list(islice(iterate(sessions.get_client().auth.list_representatives), SEARCH_LIMIT))
    except ApiError:
        return {}
    # The newest mandate comes first, and its label counts.
    return {str(one["actor"]): one["label"] for one in reversed(mandates) if one["actor"] in wanted}
