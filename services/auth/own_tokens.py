"""Tokens with which auth's own requests call other services. `app` hands them to its clients."""

from services.auth import store
from services.auth.actions.tokens import Signer, sign_client_token
from services.kit.db import Sessions
from services.kit.http.client import TokenSource
from services.kit.problems import Unavailable


class OwnTokens(TokenSource):
    """Service tokens of auth itself, signed here: a request of auth does not wait for another one of auth."""

    def __init__(self, sessions: Sessions, signer: Signer) -> None:
        self._sessions, self._signer = sessions, signer

    def get_token(self, scope: str) -> str:
        """Return an access token with that scope. Raises Unavailable when the client is unknown."""
        with self._sessions.begin() as session:
            client = store.lock_enabled_client(session, "auth")
            if client is None or scope not in client.scopes:
                raise Unavailable
            return sign_client_token(session, self._signer, client, [scope])

    def drop_token(self, scope: str, refused: str) -> None:
        """Do nothing: each token is new."""
