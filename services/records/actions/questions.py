"""The one question that an officer may ask about an objection, and the person's one answer.

Neither keeps officers from deciding: a person who never answers still gets a decision.
"""

import uuid

import structlog
from sqlalchemy.orm import Session

from services.kit.db import read_database_time
from services.records.actions.accesses import record_access
from services.records.actions.decisions import lock_submitted_objection
from services.records.actions.objections import add_objection_event, lock_own_objection
from services.records.errors import AnswerGiven, QuestionAsked, QuestionMissing
from services.records.models import AccessKind, Objection, ObjectionStatus, Person
from services.records.store.objections import OPEN

log = structlog.get_logger()


def ask_question(session: Session, objection_id: uuid.UUID, officer_id: str, text: str) -> Objection:
    """Return a submitted objection with an officer's question, and emit the event for the person.

    Raises QuestionAsked if there is one already, and as `lock_submitted_objection` does.
    """
    objection = lock_submitted_objection(session, objection_id, officer_id, ObjectionStatus.SUBMITTED)
    if objection.question is not None:
        raise QuestionAsked
    now = read_database_time(session)
    objection.question, objection.question_by, objection.question_at = text, officer_id, now
    session.flush()
    record_access(session, officer_id, objection.person.id, AccessKind.DECISION)
    add_objection_event(session, "objection.questioned", objection)
    log.info("objection.questioned", objection=str(objection.id), officer=officer_id)
    return objection


def answer_question(session: Session, person: Person, objection_id: uuid.UUID, text: str) -> Objection:
    """Return a person's own undecided objection with the answer to its question.

    Raises QuestionMissing, AnswerGiven, and as `lock_own_objection` does.
    """
    objection = lock_own_objection(session, person, objection_id, OPEN)
    if objection.question is None:
        raise QuestionMissing
    if objection.answer is not None:
        raise AnswerGiven
    objection.answer, objection.answer_at = text, read_database_time(session)
    session.flush()
    add_objection_event(session, "objection.answered", objection)
    log.info("objection.answered", objection=str(objection.id))
    return objection
