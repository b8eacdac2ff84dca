"""HTTP of records: who may call what, and the blueprints that `app` registers."""

from collections.abc import Mapping

from services.kit.http.access import CITIZEN, LARGE_BODY, MULTIPART_SLACK, Rule, officer, service
from services.records.routes import accesses, decisions, objections, records

ACCESS: Mapping[str, Rule] = {
    "records.show_record": CITIZEN,
    "records.show_contributions": CITIZEN,
    "records.show_statement": CITIZEN,
    "records.import_list": officer("lists").up_to(LARGE_BODY + MULTIPART_SLACK),
    "records.show_lists": officer("lists"),
    "records.show_list": officer("lists"),
    "records.search_people": officer("helpdesk"),
    "objections.draft_objection": CITIZEN,
    "objections.show_objections": CITIZEN,
    "objections.show_objection": CITIZEN,
    "objections.rewrite_draft": CITIZEN,
    "objections.delete_draft": CITIZEN,
    "objections.submit_draft": CITIZEN,
    "decisions.show_submitted": officer("objections"),
    "decisions.open_objection": officer("objections"),
    "decisions.propose_decision": officer("objections"),
    "decisions.withdraw_decision": officer("objections"),
    "decisions.confirm_decision": officer("objections"),
    "looks.show_accesses": officer("audit"),
    "internal.match_person": service("records:match-person"),
    "internal.give_statement": CITIZEN,
    "feed.events": service("records:events"),
}

BLUEPRINTS = (records.blueprint, objections.blueprint, decisions.blueprint, accesses.blueprint)
INTERNAL = records.internal
