"""The form of an officer offers every scope that auth knows: a missing one would be taken away unseen."""

from gateway.portal.pages.admin.officers import SCOPES
from services.auth.actions.staff import OFFICER_SCOPES


def test_every_scope_of_officers_is_offered_with_words() -> None:
    assert set(SCOPES) == set(OFFICER_SCOPES)
    assert all(words and str(words) != scope for scope, words in SCOPES.items())
