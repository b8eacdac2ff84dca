"""Idempotency-Key over HTTP: one effect of any number of requests, also if others use the same key."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.kit.db import Sessions, new_engine, read_database_time
from services.kit.idempotency import CLEANUP_BATCH, TTL_SECONDS
from tests.plans import explain_query
from tests.service.kit import tiny
from tests.service.kit.calls import NOTES, build_caller_headers, read_problem
from tests.service.kit.tiny import IdempotencyKey, Note, Outbox
from tests.tokens import build_bearer_header, mint

Post = Callable[..., TestResponse]


@pytest.fixture
def app(engine: sa.Engine) -> Flask:
    return tiny.create_app(engine)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def citizen() -> dict[str, str]:
    return build_caller_headers("citizen")


def post(
    client: FlaskClient, headers: dict[str, str], key: str | None = "key-1", **fields: Any
) -> TestResponse:
    return client.post(
        NOTES,
        json={"text": "a"} | fields,
        headers=headers | ({} if key is None else {"Idempotency-Key": key}),
    )


def count(sessions: Sessions, model: Any) -> int:
    with sessions() as session:
        return session.scalars(sa.select(sa.func.count()).select_from(model)).one()


def test_the_same_key_and_fields_get_the_same_reply(
    client: FlaskClient, citizen: dict[str, str], sessions: Sessions
) -> None:
    first, *others = [post(client, citizen) for _ in range(3)]
    assert first.status_code == 201
    for other in others:
        assert (other.status_code, other.get_json()) == (first.status_code, first.get_json())
        assert other.content_type == "application/json"
    assert (count(sessions, Note), count(sessions, Outbox)) == (1, 1)


def test_fields_are_compared_as_they_were_understood(client: FlaskClient, citizen: dict[str, str]) -> None:
    first = post(client, citizen)
    assert post(client, citizen, count=1).get_json() == first.get_json()


def test_other_fields_are_refused(client: FlaskClient, citizen: dict[str, str], sessions: Sessions) -> None:
    post(client, citizen)
    read_problem(post(client, citizen, text="b"), 422, "idempotency-key-reused")
    assert count(sessions, Note) == 1


def test_two_callers_with_the_same_key_do_not_meet(client: FlaskClient, sessions: Sessions) -> None:
    one, other = (post(client, build_caller_headers("citizen"), text=text) for text in ("one", "other"))
    assert (one.get_json()["text"], other.get_json()["text"]) == ("one", "other")
    assert count(sessions, Note) == 2


def test_a_person_and_the_representative_with_the_same_key_do_not_meet(
    client: FlaskClient, sessions: Sessions
) -> None:
    person_id, helper_id = uuid.uuid4(), uuid.uuid4()
    own = build_bearer_header(mint("citizen", person_id, "tiny", ["self"]))
    acting = build_bearer_header(
        mint("citizen", person_id, "tiny", ["self:letters"], act={"sub": str(helper_id)})
    )
    texts = [
        post(client, headers, text=text).get_json()["text"] for headers, text in ((own, "a"), (acting, "b"))
    ]
    assert texts == ["a", "b"]
    with sessions() as session:
        events = session.scalars(sa.select(Outbox).order_by(Outbox.position)).all()
    assert [event.data.get("actor") for event in events] == [None, str(helper_id)]


def test_without_a_key_each_request_counts(
    client: FlaskClient, citizen: dict[str, str], sessions: Sessions
) -> None:
    for _ in range(2):
        assert post(client, citizen, key=None).status_code == 201
    assert (count(sessions, Note), count(sessions, IdempotencyKey)) == (2, 0)


def test_a_failed_request_does_not_keep_its_key(
    client: FlaskClient, citizen: dict[str, str], sessions: Sessions
) -> None:
    for _ in range(2):
        read_problem(post(client, citizen, text="too many"), 429, "too-many-attempts")
    assert count(sessions, IdempotencyKey) == 0
    assert post(client, citizen).status_code == 201


def test_effect_without_stored_reply_is_rolled_back(
    client: FlaskClient, citizen: dict[str, str], sessions: Sessions
) -> None:
    read_problem(post(client, citizen, text="no reply"), 500, "internal-error")
    assert (count(sessions, Note), count(sessions, IdempotencyKey)) == (0, 0)


@pytest.mark.parametrize("key", ["", "x" * 201, "k\u00e9y", "a\tb"])
def test_malformed_key_is_rejected(client: FlaskClient, citizen: dict[str, str], key: str) -> None:
    [error] = read_problem(post(client, citizen, key=key), 422, "validation")["errors"]
    assert error["field"] == "Idempotency-Key"


@pytest.mark.parametrize("other_text", ["a", "b"])
def test_simultaneous_requests_have_one_effect(
    app: Flask, citizen: dict[str, str], sessions: Sessions, other_text: str
) -> None:
    together = Barrier(4)

    def send(text: str) -> tuple[int, dict[str, Any]]:
        together.wait(10)
        answer = post(app.test_client(), citizen, text=text)
        return answer.status_code, answer.get_json()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, ["a", other_text, "a", other_text]))
    assert count(sessions, Note) == 1
    if other_text == "a":
        assert answers == [answers[0]] * 4
        assert answers[0][0] == 201
    else:
        assert sorted(status for status, _ in answers) == [201, 201, 422, 422]


def make_keys_older(sessions: Sessions, seconds: int) -> None:
    with sessions.begin() as session:
        then = read_database_time(session) - timedelta(seconds=seconds)
        session.execute(sa.update(IdempotencyKey).values(created_at=then))


def test_a_key_is_kept_for_a_day(client: FlaskClient, citizen: dict[str, str], sessions: Sessions) -> None:
    first = post(client, citizen)
    make_keys_older(sessions, TTL_SECONDS - 5)
    assert post(client, citizen).get_json() == first.get_json()
    make_keys_older(sessions, TTL_SECONDS + 1)
    assert post(client, citizen, text="b").get_json()["text"] == "b"
    assert count(sessions, IdempotencyKey) == 1


def test_old_keys_are_forgotten_some_at_a_time_and_the_callers_own_always(
    client: FlaskClient, citizen: dict[str, str], sessions: Sessions
) -> None:
    with sessions.begin() as session:
        for _ in range(CLEANUP_BATCH + 5):
            session.add(IdempotencyKey(scope=uuid.uuid4().hex, fingerprint="f", status=200, body={}))
    post(client, citizen)
    make_keys_older(sessions, TTL_SECONDS + 1)
    assert post(client, citizen, text="b").status_code == 201
    assert count(sessions, IdempotencyKey) <= 6
    post(client, citizen, key="key-2")
    assert count(sessions, IdempotencyKey) == 2


def test_a_long_transaction_that_forgets_old_keys_holds_nobody_up(
    postgresql_sessions: Sessions, postgresql_url: str
) -> None:
    impatient = sa.create_engine(f"{postgresql_url}&options=-c%20lock_timeout=500")
    client = tiny.create_app(impatient).test_client()
    post(client, build_caller_headers("citizen"))
    make_keys_older(postgresql_sessions, TTL_SECONDS + 1)
    with postgresql_sessions.begin() as long:
        long.execute(sa.delete(IdempotencyKey))
        assert post(client, build_caller_headers("citizen"), key="key-2").status_code == 201
    impatient.dispose()


def test_replies_that_are_too_old_are_found_by_an_index(postgresql_url: str, citizen: dict[str, str]) -> None:
    engine = new_engine(postgresql_url)
    tiny.Base.metadata.create_all(engine)
    with engine.begin() as connection:
        many = "SELECT md5(i::text), '', clock_timestamp() FROM generate_series(1, 5000) i"
        connection.execute(sa.text(f"INSERT INTO idempotency_keys (scope, fingerprint, created_at) {many}"))
        connection.execute(sa.text("ANALYZE idempotency_keys"))
    client = tiny.create_app(engine).test_client()
    plan = explain_query(engine, "SELECT .*created_at <", lambda: post(client, citizen))
    assert "Index Cond: (created_at <" in plan, plan
    engine.dispose()
