"""A throw-away service made of nothing but the kit: it keeps notes. The kit is tested through it."""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import flask
import marshmallow as ma
import sqlalchemy as sa
import svcs
from flask_smorest.fields import Upload
from marshmallow import validate
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from services.kit.attempts import FailedAttemptMixin
from services.kit.db import TYPES, BigKey, Sessions, new_metadata, new_sessions
from services.kit.endings import EndingMixin
from services.kit.feed import FeedCursorMixin
from services.kit.feed_tails import FeedMarkMixin, FeedReaderMixin, FeedTables
from services.kit.http.access import (
    ANYONE,
    CITIZEN,
    LARGE_BODY,
    MULTIPART_SLACK,
    Rule,
    allow_officer,
    allow_service,
    get_caller,
)
from services.kit.http.feed import new_feed_blueprint
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.http.server import Blueprint, finish_app, new_app
from services.kit.idempotency import IdempotencyMixin
from services.kit.outbox import FeedCounterMixin, OutboxMixin, add_event
from services.kit.paging import PageQuery, build_page, fetch_page
from services.kit.problems import NotFound, TooManyAttempts
from services.kit.revocation import EndedSessionMixin, EndedSessions
from services.kit.settings import CommonSettings
from services.kit.tokens import Keys, KnownKeyMixin, TokenVerifier
from tests.tokens import ISSUER, TestKeys


class Base(DeclarativeBase):
    metadata = new_metadata()
    type_annotation_map = TYPES


class Note(Base):
    __tablename__ = "notes"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    owner: Mapped[uuid.UUID]
    text: Mapped[str]
    count: Mapped[int] = mapped_column(sa.BigInteger())


class Outbox(OutboxMixin, Base):
    pass


class FeedCounter(FeedCounterMixin, Base):
    pass


class FeedReader(FeedReaderMixin, Base):
    pass


class FeedMark(FeedMarkMixin, Base):
    pass


FEED = FeedTables(Outbox, FeedCounter, FeedReader, FeedMark)


class Ending(EndingMixin, Base):
    pass


class FeedCursor(FeedCursorMixin, Base):
    pass


class KnownKey(KnownKeyMixin, Base):
    pass


class EndedSession(EndedSessionMixin, Base):
    pass


class IdempotencyKey(IdempotencyMixin, Base):
    pass


class FailedAttempt(FailedAttemptMixin, Base):
    pass


class NoteIn(ma.Schema):
    text = ma.fields.String(required=True, validate=validate.Length(1, 200))
    count = ma.fields.Integer(load_default=1, strict=True)


class NoteOut(ma.Schema):
    number = ma.fields.Integer()
    text = ma.fields.String()


class FileIn(ma.Schema):
    file = Upload(required=True)


blueprint = Blueprint("tiny", __name__, url_prefix="/api/v1/tiny")
internal = flask.Blueprint("internal", __name__, url_prefix="/internal")


def note_document(note: Note) -> dict[str, Any]:
    return {"number": note.position, "text": note.text}


@blueprint.route("/notes", methods=["POST"])
@blueprint.arguments(NoteIn)
@blueprint.response(201, NoteOut)
@idempotent(IdempotencyKey)
def write_note(fields: dict[str, Any], call: IdempotentCall) -> flask.Response:
    """Keep a note."""
    owner = get_caller().person_id
    with call.transaction() as session:
        if fields["text"] == "too many":
            raise TooManyAttempts(61)
        note = Note(owner=owner, **fields)
        session.add(note)
        session.flush()
        if fields["text"] == "no reply":
            return flask.Response()
        add_event(session, Outbox, "note.written", subject=owner, data={"number": note.position})
        return call.build_reply(note_document(note), 201)


@blueprint.route("/notes", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
def list_notes(page: dict[str, Any]) -> dict[str, Any]:
    """List the caller's notes."""
    session = svcs.flask.get(Session)
    query = sa.select(Note).where(Note.owner == get_caller().person_id)
    notes, cursor = fetch_page(session, query, Note.position, name="notes", **page)
    return build_page(notes, cursor, note_document)


@blueprint.route("/notes/<text>", methods=["GET"])
@blueprint.response(200, NoteOut)
def read_note(text: str) -> dict[str, Any]:
    """One note by its text."""
    note = svcs.flask.get(Session).scalar(sa.select(Note).where(Note.text == text))
    if note is None:
        raise NotFound
    if note.owner != get_caller().person_id:
        raise NotFound
    return note_document(note)


@blueprint.route("/files", methods=["POST"])
@blueprint.arguments(FileIn, location="files")
def take_file(files: dict[str, Any]) -> dict[str, Any]:
    """Count the bytes of a file."""
    return {"bytes": len(files["file"].read())}


@blueprint.route("/open", methods=["GET"])
def answer_anyone() -> dict[str, Any]:
    """Answer anyone."""
    return {"open": True}


@blueprint.route("/bug", methods=["POST"])
@blueprint.arguments(NoteIn)
def fail(fields: dict[str, Any]) -> dict[str, Any]:
    """Fail in the way the caller asks for, with the caller's text in the exception."""
    text = fields["text"]
    if text.startswith("sql"):
        session = svcs.flask.get(Session)
        session.execute(sa.text("SELECT :text FROM no_such_table"), {"text": text})
    try:
        int(text)
    except ValueError as error:
        raise LookupError(text) from error
    raise KeyError(text)


@internal.post("/raw")
def take_raw() -> dict[str, Any]:
    return {"got": flask.request.get_json()}


ACCESS = {
    "tiny.write_note": CITIZEN.allow_representative("self:letters"),
    "tiny.list_notes": CITIZEN,
    "tiny.read_note": CITIZEN,
    "tiny.take_file": allow_officer("lists").allow_body(LARGE_BODY + MULTIPART_SLACK),
    "tiny.answer_anyone": ANYONE,
    "tiny.fail": ANYONE,
    "internal.take_raw": allow_service("tiny:raw"),
    "feed.events": allow_service("tiny:events"),
}


def build_settings(engine: sa.Engine) -> CommonSettings:
    return CommonSettings(
        database_url=str(engine.url),
        broker_url="memory://",
        public_url="http://gateway",
        auth_url="http://auth",
        client_secret_file=Path("secret"),
    )


def create_app(
    engine: sa.Engine, keys: Keys | None = None, access: Mapping[str, Rule] = ACCESS
) -> flask.Flask:
    """Return the app over a database whose tables exist."""
    sessions = new_sessions(engine)
    registry = svcs.Registry()
    registry.register_factory(Session, sessions)
    registry.register_value(Sessions, sessions)
    registry.register_value(sa.Engine, engine, ping=lambda it: it.connect().close())
    app, api = new_app("tiny", build_settings(engine), registry, "Tiny")
    api.register_blueprint(blueprint)
    app.register_blueprint(internal)
    app.register_blueprint(new_feed_blueprint(sessions, FEED))
    endings = EndedSessions(sessions, EndedSession)
    return finish_app(app, access, TokenVerifier(ISSUER, "tiny", keys or TestKeys(), endings))
