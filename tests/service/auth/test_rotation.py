"""A key is replaced minute by minute, as an operator would; meanwhile no service refuses a valid token."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest

from services.auth.actions.keys import LAST_TOKEN, PUBLISH_AHEAD
from services.auth.actions.tokens import ACCESS_SECONDS
from services.kit.db import Sessions, new_engine, new_sessions
from services.kit.problems import TokenInvalid, Unavailable
from services.kit.tokens import KeyRing, TokenVerifier
from tests.service.auth.desk import Desk, Person
from tests.service.kit.tiny import KnownKey
from tests.tokens import NothingEnded

MINUTE = 60


@dataclass
class Timeline:
    """A desk whose minutes pass instantly, and the tokens that it has granted."""

    desk: Desk
    person: Person
    now: int = 0
    jwks_away: bool = False
    tokens: list[tuple[int, str]] = field(default_factory=list)

    def pass_minute(self) -> None:
        """Move the time ahead by a minute; a person signs in at its end."""
        self.now += MINUTE
        self.desk.execute_sql(
            "UPDATE signing_keys SET changed_at = strftime('%Y-%m-%d %H:%M:%f000', changed_at, '-60 seconds')"
        )
        self.tokens.append((self.now, self.desk.fetch_tokens(self.person)["access_token"]))

    def list_valid_tokens(self) -> list[str]:
        return [token for since, token in self.tokens if self.now - since < ACCESS_SECONDS]

    def jwks(self) -> Mapping[str, Any]:
        if self.jwks_away:
            raise Unavailable
        keys: dict[str, Any] = self.desk.app.test_client().get("/.well-known/jwks.json").get_json()
        return keys

    def try_command(self, *arguments: str) -> bool:
        return self.desk.invoke_command(*arguments).exit_code == 0


@pytest.fixture
def timeline(desk: Desk) -> Timeline:
    return Timeline(desk, desk.add_citizen())


@pytest.fixture
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sessions]:
    """Return the database of a service that stores auth's keys."""
    engine = new_engine(f"sqlite:///{tmp_path_factory.mktemp('service') / 'service.db'}")
    KnownKey.metadata.create_all(engine)
    yield new_sessions(engine)
    engine.dispose()


def build_verifier(timeline: Timeline, sessions: Sessions) -> TokenVerifier:
    ring = KeyRing(sessions, KnownKey, timeline.jwks, clock=lambda: timeline.now)
    return TokenVerifier("govah", "records", ring, NothingEnded())


@pytest.mark.parametrize("away", [False, True], ids=["auth-there", "auth-away-at-the-change"])
def test_no_valid_token_is_refused_while_the_key_changes(
    timeline: Timeline, sessions: Sessions, away: bool
) -> None:
    verifier = build_verifier(timeline, sessions)
    steps: dict[str, int] = {}
    timeline.pass_minute()
    old = jwt.get_unverified_header(timeline.list_valid_tokens()[0])["kid"]
    new = timeline.desk.run("keys", "add")
    timeline.desk.run("keys", "publish", new)
    published = timeline.now
    while "retired" not in steps or timeline.now < steps["retired"] + ACCESS_SECONDS:
        timeline.pass_minute()
        if "signs" not in steps and timeline.try_command("keys", "sign-with", new):
            steps["signs"] = timeline.now
            timeline.jwks_away = away
        elif "signs" in steps and "retired" not in steps and timeline.try_command("keys", "retire", old):
            steps["retired"] = timeline.now
            timeline.jwks_away = False
        for token in timeline.list_valid_tokens():
            assert verifier.verify(token).person_id == timeline.person.id
    assert steps["signs"] - published >= PUBLISH_AHEAD
    assert steps["retired"] - steps["signs"] >= LAST_TOKEN
    signed_with = [jwt.get_unverified_header(token)["kid"] for _, token in timeline.tokens]
    assert set(signed_with) == {old, new}
    assert signed_with == sorted(signed_with, key=[old, new].index)
    with pytest.raises(TokenInvalid):
        verifier.verify(timeline.tokens[0][1])


def test_a_leaked_key_is_refused_once_the_key_set_is_fetched(timeline: Timeline, sessions: Sessions) -> None:
    verifier = build_verifier(timeline, sessions)
    timeline.pass_minute()
    [leaked] = timeline.list_valid_tokens()
    assert verifier.verify(leaked).person_id == timeline.person.id
    old, new = jwt.get_unverified_header(leaked)["kid"], timeline.desk.run("keys", "add")
    for arguments in (["publish", new], ["sign-with", new, "--now"], ["retire", old, "--now"]):
        timeline.desk.run("keys", *arguments)
    timeline.pass_minute()
    # The first token of the new key makes the service fetch the key set.
    assert verifier.verify(timeline.list_valid_tokens()[-1]).person_id == timeline.person.id
    with pytest.raises(TokenInvalid):
        verifier.verify(leaked)
