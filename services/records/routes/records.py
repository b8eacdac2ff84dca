"""Lists, people and one's own record: a request becomes one transaction around actions."""

import uuid
from typing import Any

import svcs
from flask import jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from services.kit.http.access import caller
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.http.server import Blueprint
from services.kit.paging import PageQuery, fetch_page, slice_page
from services.kit.problems import choose_language
from services.kit.statement_types import StatementType
from services.records.actions import lists, overviews, people
from services.records.actions.corrections import read_months
from services.records.actions.statements import describe_person
from services.records.actions.turns import take_turn
from services.records.errors import ListUnknown, in_language
from services.records.models import IdempotencyKey, ImportedList
from services.records.schemas import records as schemas
from services.records.store.lists import find_list, select_lists

blueprint = Blueprint("records", __name__, url_prefix="/api/v1/records")
internal = Blueprint("internal", __name__, url_prefix="/internal")


def _language() -> str:
    return choose_language(request.accept_languages)


@blueprint.route("/me")
@blueprint.response(200, schemas.Record)
def show_record() -> dict[str, Any]:
    """One's own record at a glance"""
    session = svcs.flask.get(Session)
    with session.begin():
        person = overviews.own_person(session, caller().person_id)
        return overviews.overlook(session, person, _language())


@blueprint.route("/me/contributions")
@blueprint.arguments(schemas.ContributionsQuery, location="query")
@blueprint.response(200, schemas.ContributionPage)
def show_contributions(query: dict[str, Any]) -> dict[str, Any]:
    """One's own months as listed, each with the list and row it comes from"""
    session = svcs.flask.get(Session)
    with session.begin():
        rows = read_months(session, overviews.own_person(session, caller().person_id))
    chosen = overviews.choose_months(rows, query["first"], query["last"], query["workshop"])
    items, following = slice_page(chosen, name="contributions", limit=query["limit"], cursor=query["cursor"])
    return {"items": items, "next_cursor": following}


@blueprint.route("/me/statement")
@blueprint.arguments(schemas.StatementQuery, location="query")
@blueprint.response(200, schemas.Statement)
def show_statement(query: dict[str, Any]) -> ResponseReturnValue:
    """One's own statement as it would be printed"""
    return _own_statement([query["type"]])


@internal.route("/statement")
@internal.arguments(schemas.StatementTypesQuery, location="query")
def give_statement(query: dict[str, Any]) -> ResponseReturnValue:
    """The statement of the citizen whose token is sent, all types from one read"""
    return _own_statement(query["types"])


def _own_statement(types: list[StatementType]) -> ResponseReturnValue:
    session = svcs.flask.get(Session)
    with session.begin():
        person = overviews.own_person(session, caller().person_id)
        return jsonify(overviews.take_statement(session, person, types))


@internal.route("/people/match", methods=["POST"])
@internal.arguments(schemas.PersonMatch)
def match_person(given: dict[str, Any]) -> ResponseReturnValue:
    """The id of the person of that national code and birth date, or null"""
    session = svcs.flask.get(Session)
    with session.begin():
        person_id = people.match_person(session, given["national_code"], given["birth_date"])
    return jsonify(person_id=person_id and str(person_id))


@blueprint.route("/lists", methods=["POST"])
@blueprint.arguments(schemas.ListFiles, location="files")
@blueprint.response(201, schemas.ListWithFindings)
@blueprint.alt_response(200, schema=schemas.ListWithFindings, description="Already there")
@idempotent(IdempotencyKey)
def import_list(files: dict[str, FileStorage], call: IdempotentCall) -> ResponseReturnValue:
    """Import an employer's list: all of it or, with an error among its findings, nothing"""
    with take_turn(request.content_length):
        sound = lists.read_files(files["header"].read(), files["workers"].read())
        call.compare_fields({"header": sound.header_sha256, "workers": sound.workers_sha256})
        with call.transaction() as session:
            listed, new = lists.import_list(session, sound, caller().subject)
            return call.reply(_with_findings(listed), 201 if new else 200)


@blueprint.route("/lists")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.ListPage)
def show_lists(query: dict[str, Any]) -> dict[str, Any]:
    """Accepted lists, newest first"""
    session = svcs.flask.get(Session)
    with session.begin():
        items, following = fetch_page(session, select_lists(), ImportedList.position, name="lists", **query)
    return {"items": items, "next_cursor": following}


@blueprint.route("/lists/<uuid:list_id>")
@blueprint.response(200, schemas.ListWithFindings)
def show_list(list_id: uuid.UUID) -> ResponseReturnValue:
    """An accepted list with its findings"""
    session = svcs.flask.get(Session)
    with session.begin():
        listed = find_list(session, list_id)
    if listed is None:
        raise ListUnknown
    return jsonify(_with_findings(listed))


def _with_findings(listed: ImportedList) -> dict[str, Any]:
    described: dict[str, Any] = schemas.ImportedList().dump(listed)
    return described | {"findings": in_language(listed.findings, _language())}


@blueprint.route("/people/search", methods=["POST"])
@blueprint.arguments(schemas.PersonSearch)
@blueprint.response(200, schemas.FoundPerson)
def search_people(given: dict[str, Any]) -> ResponseReturnValue:
    """Look a person up at the help desk; the look is written down and the person sees it"""
    session = svcs.flask.get(Session)
    with session.begin():
        person = people.look_up(session, given["national_code"], caller().subject, given["reason"])
        statement = overviews.take_statement(session, person, StatementType)
    return jsonify(person=describe_person(person), statement=statement)
