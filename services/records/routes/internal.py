"""Routes for other services: a citizen's statement, figures of records, and who a person is."""

import uuid
from typing import Any

import svcs
from flask import jsonify
from flask.typing import ResponseReturnValue

from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.server import Blueprint
from services.records.actions import answer_facts, figures, overviews, people
from services.records.schemas import answer_facts as answer_schemas
from services.records.schemas import figures as figure_schemas
from services.records.schemas import people as person_schemas
from services.records.schemas import records as schemas
from services.records.settings import Settings

blueprint = Blueprint("internal", __name__, url_prefix="/internal")


@blueprint.route("/statement")
@blueprint.arguments(schemas.StatementTypesQuery, location="query")
def get_statement(query: dict[str, Any]) -> ResponseReturnValue:
    """Get the statement of the citizen whose token is sent, all types from one read."""
    with svcs.flask.get(Sessions).begin() as session:
        person = people.get_person(session, get_caller().person_id)
        return jsonify(overviews.read_statement(session, person, query["types"], query["version"]))


@blueprint.route("/figures", methods=["POST"])
@blueprint.arguments(figure_schemas.FigureQueries)
def compare_figures(fields: dict[str, Any]) -> ResponseReturnValue:
    """Return digests of the figures of people's records as they count now, in the order of the questions."""
    with svcs.flask.get(Sessions)() as session:
        digests = figures.compute_record_digests(session, fields["items"])
    return jsonify(items=[{"digests": digest} for digest in digests])


@blueprint.route("/answer-facts")
def get_answer_facts() -> ResponseReturnValue:
    """Return what answers about the citizen whose token is sent are computed from, from one read."""
    sessions, settings = svcs.flask.get(Sessions, Settings)
    with sessions.begin() as session:
        person = people.get_person(session, get_caller().person_id)
        return jsonify(answer_facts.describe_facts(session, person, settings.closed_after_days))


@blueprint.route("/answer-facts/digests", methods=["POST"])
@blueprint.arguments(answer_schemas.AnswerQueries)
def compare_answers(fields: dict[str, Any]) -> ResponseReturnValue:
    """Return digests of answers as they would be now, in the order of the items."""
    sessions, settings = svcs.flask.get(Sessions, Settings)
    with sessions() as session:
        digests = answer_facts.compute_digests(session, fields["items"], settings.closed_after_days)
    return jsonify(items=[{"digest": digest} for digest in digests])


@blueprint.route("/people/match", methods=["POST"])
@blueprint.arguments(person_schemas.PersonMatch)
def match_person(fields: dict[str, Any]) -> ResponseReturnValue:
    """Return the id of the person of that national code or insurance number and birth date, or null."""
    with svcs.flask.get(Sessions).begin() as session:
        person_id = people.match_person(session, **fields)
    return jsonify(person_id=person_id and str(person_id))


@blueprint.route("/people/<uuid:person_id>")
def identify_person(person_id: uuid.UUID) -> ResponseReturnValue:
    """Return who a person is now: the id and the national code, or else the insurance number."""
    with svcs.flask.get(Sessions)() as session:
        person = people.get_person(session, person_id)
        return jsonify(
            person_id=str(person.id),
            national_code=person.national_code,
            insurance_number=None if person.national_code else person.canonical_insurance_number,
        )
