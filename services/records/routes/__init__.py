"""HTTP of records: the access rule of each route, and the blueprints that `app` registers."""

from collections.abc import Mapping

from services.kit.http.access import (
    CITIZEN,
    LARGE_BODY,
    MULTIPART_SLACK,
    Rule,
    allow_officer,
    allow_officer_with_any,
    allow_service,
)
from services.records.actions.attachments import MAX_SIZE
from services.records.actions.import_archives import PART_SIZE
from services.records.routes import (
    accesses,
    attachments,
    decisions,
    desk,
    held_rows,
    imports,
    internal,
    lists,
    objections,
    proposals,
    records,
)

# Papers that a process inspects simultaneously; each takes a process of its own, with up to 768 MiB.
INSPECTIONS = 3
# Parts of archives that a process stores simultaneously; each takes about three times its size.
PARTS = 4
# An officer who decides about some kind of proposal; `proposals.registry` has the scope of each kind.
_PROPOSER = allow_officer_with_any("lists", "objections")

ACCESS: Mapping[str, Rule] = {
    "records.get_record": CITIZEN.allow_representative("self:record"),
    "records.list_contributions": CITIZEN.allow_representative("self:record"),
    "records.get_statement": CITIZEN.allow_representative("self:record"),
    "records.import_list": allow_officer("lists").allow_body(LARGE_BODY + MULTIPART_SLACK),
    "records.list_lists": allow_officer("lists"),
    "records.get_list": allow_officer("lists"),
    "lists.propose_list_replacement": allow_officer("lists").allow_body(LARGE_BODY + MULTIPART_SLACK),
    "lists.get_list_file": allow_officer("lists"),
    "imports.create_import": allow_officer("lists"),
    "imports.list_imports": allow_officer("lists"),
    "imports.get_import": allow_officer("lists"),
    "imports.put_part": allow_officer("lists").allow_body(PART_SIZE).limit_concurrency(PARTS),
    "imports.complete_import": allow_officer("lists"),
    "imports.cancel_import": allow_officer("lists"),
    "imports.list_findings": allow_officer("lists"),
    "records.search_people": allow_officer("helpdesk"),
    "objections.draft_objection": CITIZEN,
    "objections.list_objections": CITIZEN,
    "objections.get_objection": CITIZEN,
    "objections.update_draft": CITIZEN,
    "objections.delete_draft": CITIZEN,
    "objections.submit_draft": CITIZEN,
    "objections.withdraw_objection": CITIZEN,
    "attachments.attach_file": CITIZEN.allow_body(MAX_SIZE + MULTIPART_SLACK).limit_concurrency(INSPECTIONS),
    "attachments.list_attachments": CITIZEN,
    "attachments.get_attachment": CITIZEN,
    "attachments.delete_attachment": CITIZEN,
    "officer_attachments.open_attachment": allow_officer("objections"),
    "objections.answer_question": CITIZEN,
    "decisions.list_submitted_objections": allow_officer("objections"),
    "decisions.open_objection": allow_officer("objections"),
    "decisions.ask_question": allow_officer("objections"),
    "decisions.propose_decision": allow_officer("objections"),
    "decisions.withdraw_decision": allow_officer("objections"),
    "decisions.confirm_decision": allow_officer("objections"),
    "desk.list_desk_queues": _PROPOSER,
    "desk.get_week": _PROPOSER,
    "held_rows.list_held_rows": allow_officer("lists"),
    "held_rows.get_held_row": allow_officer("lists"),
    "proposals.propose_change": _PROPOSER,
    "proposals.list_proposals": _PROPOSER,
    "proposals.get_proposal": _PROPOSER,
    "proposals.withdraw_proposal": _PROPOSER,
    "proposals.confirm_proposal": _PROPOSER,
    "proposals.reject_proposal": _PROPOSER,
    "accesses.list_accesses": allow_officer("audit"),
    "internal.match_person": allow_service("records:match-person"),
    "internal.identify_person": allow_service("records:identify-person"),
    # disclosure asks for the letter that somebody requests.
    "internal.get_statement": CITIZEN.allow_representative("self:letters"),
    "internal.compare_figures": allow_service("records:figures"),
    # disclosure asks for the answers that an institution gets of somebody's record.
    "internal.get_answer_facts": CITIZEN.allow_representative("self:permits"),
    "internal.compare_answers": allow_service("records:answers"),
    "feed.events": allow_service("records:events"),
}

BLUEPRINTS = (
    records.blueprint,
    lists.blueprint,
    imports.blueprint,
    objections.blueprint,
    attachments.own,
    attachments.officers,
    decisions.blueprint,
    desk.blueprint,
    held_rows.blueprint,
    proposals.blueprint,
    accesses.blueprint,
)
INTERNAL = internal.blueprint
