"""Inquiry answers with everything else stopped, also after its own restart."""

import io
import uuid

import pytest
import sqlalchemy as sa
import svcs
from flask import Flask

from services.inquiry.app import create_app, serve
from services.inquiry.models import KnownKey
from services.inquiry.settings import Settings
from services.kit.db import new_engine
from services.kit.schema import migrate
from tests.service.inquiry.desk import API, BANK_NAME, PDF, Desk, as_clerk
from tests.tokens import KID, build_public_jwk


def _find_engine(app: Flask) -> sa.Engine:
    with app.app_context():
        return svcs.flask.get(sa.Engine)


def test_a_code_opens_its_letter_with_everything_else_stopped(desk: Desk) -> None:
    person = desk.add_person()
    desk.add_bank()
    with desk.sessions.begin() as session:
        session.add(KnownKey(kid=KID, jwk=build_public_jwk()))
    # Sealed with the real slow hash, which the restarted process uses too.
    before = create_app(desk.settings, letters=desk.letters)
    body = {"letter_id": str(person.letter.id), "valid_days": 1}
    issued = before.test_client().post(f"{API}/permits", json=body, headers=person.headers).get_json()
    # Without fakes: every service that it calls is down.
    after = create_app(desk.settings)
    client = after.test_client()
    pair = {"national_code": person.national_code, "code": issued["code"]}
    for headers in ({}, as_clerk()):
        response = client.post(f"{API}/inquiries", json=pair, headers=headers)
        assert response.status_code == 200, response.text
        assert response.get_json()["statement"] == person.letter.statement
        assert client.get(response.get_json()["document_url"]).data == PDF
    views = client.get(f"{API}/permits/{issued['id']}/views", headers=person.headers).get_json()["items"]
    assert [view["institution"] for view in views] == [BANK_NAME, "by form"]
    assert client.get(f"{API}/letters/{person.letter.serial}").get_json()["state"] == "valid"
    checked = client.post(f"{API}/letters/check", data={"file": (io.BytesIO(PDF), "letter.pdf")})
    assert checked.get_json()["result"] == "genuine"
    assert client.get("/readyz").status_code == 200
    assert client.delete(f"{API}/permits/{issued['id']}", headers=person.headers).status_code == 204
    assert client.post(f"{API}/inquiries", json=pair).status_code == 410
    assert client.post(f"{API}/permits", json=body, headers=person.headers).status_code == 503
    for app in (before, after):
        _find_engine(app).dispose()


def _put_in_environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in type(settings).model_fields:
        if (value := getattr(settings, name)) is not None:
            monkeypatch.setenv(f"GOVAH_{name.upper()}", str(value))


def test_service_starts_without_the_others(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    _put_in_environment(settings, monkeypatch)
    engine = new_engine(settings.database_url)
    migrate(engine, "services.inquiry")
    app = serve()
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    pair = {"national_code": "0000000000", "code": "0" * 16}
    assert client.post(f"{API}/inquiries", json=pair).status_code == 404
    assert client.get(f"{API}/permits/{uuid.uuid4()}").status_code == 401
    _find_engine(app).dispose()
    engine.dispose()
