"""HTTP of records: the access rule of each route, and the blueprints that `app` registers."""

from collections.abc import Mapping

from services.kit.http.access import CITIZEN, LARGE_BODY, MULTIPART_SLACK, Rule, officer, service
from services.records.routes import accesses, decisions, internal, objections, records

ACCESS: Mapping[str, Rule] = {
    "records.get_record": CITIZEN,
    "records.list_contributions": CITIZEN,
    "records.get_statement": CITIZEN,
    "records.import_list": officer("lists").up_to(LARGE_BODY + MULTIPART_SLACK),
    "records.list_lists": officer("lists"),
    "records.get_list": officer("lists"),
    "records.search_people": officer("helpdesk"),
    "objections.draft_objection": CITIZEN,
    "objections.list_objections": CITIZEN,
    "objections.get_objection": CITIZEN,
    "objections.update_draft": CITIZEN,
    "objections.delete_draft": CITIZEN,
    "objections.submit_draft": CITIZEN,
    "decisions.list_submitted_objections": officer("objections"),
    "decisions.open_objection": officer("objections"),
    "decisions.propose_decision": officer("objections"),
    "decisions.withdraw_decision": officer("objections"),
    "decisions.confirm_decision": officer("objections"),
    "accesses.list_accesses": officer("audit"),
    "internal.match_person": service("records:match-person"),
    "internal.get_statement": CITIZEN,
    "feed.events": service("records:events"),
}

BLUEPRINTS = (records.blueprint, objections.blueprint, decisions.blueprint, accesses.blueprint)
INTERNAL = internal.blueprint
