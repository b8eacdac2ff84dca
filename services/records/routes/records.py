"""Lists, people and one's own record: a request becomes one transaction around actions."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import svcs
from flask import jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.http.server import Blueprint
from services.kit.paging import fetch_page, slice_page
from services.kit.problems import select_language
from services.kit.statement_types import StatementType
from services.kit.storage import SealedObjects
from services.records.actions import lists, overviews, people
from services.records.actions.corrections import read_months
from services.records.actions.file_names import read_file_name
from services.records.actions.list_files import read_files, store_list_files
from services.records.actions.list_versions import describe_versions
from services.records.actions.statements import describe_person
from services.records.actions.turns import take_turn
from services.records.actions.weeks import record_refused_lists
from services.records.errors import ListRefused, ListUnknown, translate_findings
from services.records.models import IdempotencyKey, ImportedList
from services.records.proposals.system_corrections import propose_corrections_after
from services.records.schemas import people as person_schemas
from services.records.schemas import records as schemas
from services.records.schemas.lists import ListQuery
from services.records.store.contributions import load_sources
from services.records.store.identities import load_held
from services.records.store.lists import find_list, select_lists

blueprint = Blueprint("records", __name__, url_prefix="/api/v1/records")


def _get_language() -> str:
    return select_language(request.accept_languages)


@blueprint.route("/me")
@blueprint.response(200, schemas.Record)
def get_record() -> dict[str, Any]:
    """Get the summary of one's own record."""
    with svcs.flask.get(Sessions).begin() as session:
        person = people.get_person(session, get_caller().person_id)
        return overviews.summarise_record(session, person, _get_language())


@blueprint.route("/me/contributions")
@blueprint.arguments(schemas.ContributionQuery, location="query")
@blueprint.response(200, schemas.ContributionPage)
def list_contributions(query: dict[str, Any]) -> dict[str, Any]:
    """List one's own months, each with the list and row that it comes from."""
    with svcs.flask.get(Sessions).begin() as session:
        person = people.get_person(session, get_caller().person_id)
        rows = read_months(session, person)
        months = overviews.filter_months(rows, query["first"], query["last"], query["workshop"])
        items, next_cursor = slice_page(
            months, name="contributions", limit=query["limit"], cursor=query["cursor"]
        )
        items = load_sources(session, person, items)
    return {"items": items, "next_cursor": next_cursor}


@blueprint.route("/me/statement")
@blueprint.arguments(schemas.StatementQuery, location="query")
@blueprint.response(200, schemas.Statement)
def get_statement(query: dict[str, Any]) -> ResponseReturnValue:
    """Get one's own statement as it would be printed."""
    with svcs.flask.get(Sessions).begin() as session:
        person = people.get_person(session, get_caller().person_id)
        return jsonify(overviews.read_statement(session, person, [query["type"]]))


@blueprint.route("/lists", methods=["POST"])
@blueprint.arguments(schemas.NewList, location="multipart")
@blueprint.response(201, schemas.ListWithFindings)
@blueprint.alt_response(200, schema=schemas.ListWithFindings, description="Already there")
@idempotent(IdempotencyKey)
def import_list(fields: dict[str, Any], call: IdempotentCall) -> ResponseReturnValue:
    """Import an employer's list: all of it or, with an error among its findings, nothing."""
    with take_turn(request.content_length), _count_refusal():
        header, workers = fields["header"].read(), fields["workers"].read()
        valid_list = read_files(header, workers)
        if valid_list.is_swapped:
            header, workers = workers, header
        call.compare_fields({"header": valid_list.header_sha256, "workers": valid_list.workers_sha256})
        with call.check() as session:
            imported = lists.find_imported(session, valid_list)
        if imported is None:
            # Before the transaction, which must not wait for the object store: no list without its files.
            received = store_list_files(
                svcs.flask.get(Sessions),
                svcs.flask.get(SealedObjects),
                header,
                workers,
                read_file_name(fields),
            )
        with call.transaction() as session:
            if imported is None:
                imported, is_new = lists.import_list(session, valid_list, received, get_caller().subject)
            else:
                is_new = False
            if is_new:
                propose_corrections_after(session, imported.position)
            load_held(session, [imported])
            return call.build_reply(_dump_list(session, imported), 201 if is_new else 200)


@contextmanager
def _count_refusal() -> Iterator[None]:
    """Count a refused list for the desk; a count that fails does not change the answer."""
    try:
        yield
    except ListRefused:
        with suppress(SQLAlchemyError), svcs.flask.get(Sessions).begin() as session:
            record_refused_lists(session)
        raise


@blueprint.route("/lists")
@blueprint.arguments(ListQuery, location="query")
@blueprint.response(200, schemas.ImportedListPage)
def list_lists(query: dict[str, Any]) -> dict[str, Any]:
    """List the accepted lists of a workshop, month, number, name and file, or all of them, newest first."""
    list_filter = query.pop("list_filter")
    with svcs.flask.get(Sessions).begin() as session:
        lists_of_query = select_lists(session, list_filter)
        items, next_cursor = fetch_page(session, lists_of_query, ImportedList.position, name="lists", **query)
        load_held(session, items)
    return {"items": items, "next_cursor": next_cursor}


@blueprint.route("/lists/<uuid:list_id>")
@blueprint.response(200, schemas.ListWithFindings)
def get_list(list_id: uuid.UUID) -> ResponseReturnValue:
    """Get an accepted list with its findings and its former versions."""
    with svcs.flask.get(Sessions).begin() as session:
        imported = find_list(session, list_id)
        if imported is None:
            raise ListUnknown
        load_held(session, [imported])
        return jsonify(_dump_list(session, imported))


def _dump_list(session: Session, imported: ImportedList) -> dict[str, Any]:
    document: dict[str, Any] = schemas.ImportedList().dump(imported)
    versions = schemas.FormerVersion(many=True).dump(describe_versions(session, imported))
    findings = translate_findings(imported.findings, _get_language())
    return document | {"findings": findings, "versions": versions}


@blueprint.route("/people/search", methods=["POST"])
@blueprint.arguments(person_schemas.PersonSearch)
@blueprint.response(200, person_schemas.PersonWithStatement)
def search_people(fields: dict[str, Any]) -> ResponseReturnValue:
    """Search a person at the help desk; each access is recorded, and the person sees it."""
    reason = fields.pop("reason")
    with svcs.flask.get(Sessions).begin() as session:
        matches = people.search_people(session, people.Clue(**fields), get_caller().subject, reason)
        described = [{"id": str(person.id), **describe_person(person)} for person in matches]
        if len(matches) > 1:
            unopened = dict.fromkeys(("person_id", "person", "statement"))
            return jsonify(**unopened, contributions=[], candidates=described)
        statement = overviews.read_statement(session, matches[0], StatementType)
        rows = schemas.Contribution(many=True).dump(
            load_sources(session, matches[0], read_months(session, matches[0]))
        )
    (person,) = described
    return jsonify(
        person_id=person.pop("id"), person=person, statement=statement, contributions=rows, candidates=[]
    )
