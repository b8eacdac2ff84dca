"""Proposals: changes of records that one officer proposes, with what changes; another confirms or rejects."""

import uuid
from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from gateway.portal import api, sessions
from gateway.portal.forms import Form, open_form
from gateway.portal.pages.officer.desk import guard
from gateway.portal.pages.officer.proposing import build_proposal_reason, show_refusal
from govah_client.errors import ApiError
from govah_client.lists import ImportedList
from govah_client.proposals import Proposal, ProposalKind, ProposalStatus

blueprint = Blueprint("officer_proposals", __name__, url_prefix="/officer/proposals")
blueprint.before_request(guard)
STATUSES = ("proposed", "confirmed", "rejected", "withdrawn")
KINDS = (
    "held-row", "person-correction", "person-merger", "list-withdrawal", "list-replacement",
    "missing-period-workshop", "objection-decision",
)  # fmt: skip
# Differences on one page.
PAGE_SIZE = 100
NOTES = {"confirm": "proposal-confirmed", "withdraw": "proposal-withdrawn", "reject": "proposal-rejected"}


class Rejection(Form):
    reason = build_proposal_reason(_("علت رد"), _("پیشنهاددهنده این متن را می‌خواند."))


class Confirmation(Form):
    """The buttons that need no reason: to confirm, and to withdraw."""


@blueprint.get("")
def list_proposals() -> str:
    status, kind = request.args.get("status", ""), request.args.get("kind", "")
    status = status if status in STATUSES else STATUSES[0]
    kind = kind if kind in KINDS else ""
    oldest_first = status == "proposed"
    page = sessions.get_client().records.list_proposals(
        status=cast("ProposalStatus", status),
        kind=cast("ProposalKind", kind) if kind else None,
        order="oldest" if oldest_first else "newest",
        **api.read_page_query(),
    )
    return render_template(
        "officer/proposals.html",
        items=page["items"],
        next_cursor=page["next_cursor"],
        status=status,
        oldest_first=oldest_first,
        statuses=STATUSES,
        kind=kind,
        kinds=KINDS,
        me=sessions.get_subject(),
    )


@blueprint.route("/<uuid:proposal_id>", methods=["GET", "POST"])
def show_proposal(proposal_id: uuid.UUID) -> ResponseReturnValue:
    act, code = request.form.get("act", ""), ""
    form: Form = Confirmation() if act in {"confirm", "withdraw"} else open_form(Rejection)
    if form.validate_on_submit():
        try:
            proposal = _decide(str(proposal_id), act, form)
        except ApiError as problem:
            show_refusal(form, problem)
            code = problem.code
        else:
            is_open = proposal["status"] == "proposed"
            session["note"] = f"{NOTES.get(act, NOTES['reject'])}{'-first' if is_open else ''}"
            return redirect(url_for(".show_proposal", proposal_id=proposal_id), 303)
    proposal = sessions.get_client().records.get_proposal(str(proposal_id))
    return render_template(
        "officer/proposal.html",
        form=form,
        rejection=form if isinstance(form, Rejection) else Rejection(formdata=None),
        proposal=proposal,
        me=sessions.get_subject(),
        # What cannot succeed is not offered again.
        refused=code,
        list=_find_list(proposal),
        **_build_page(proposal),
    )


def _decide(proposal_id: str, act: str, form: Form) -> Proposal:
    records = sessions.get_client().records
    if act == "confirm":
        # It may replace a large list.
        return sessions.get_client().use_timeout(api.LIST_TIMEOUT).records.confirm_proposal(proposal_id)
    if act == "withdraw":
        return records.withdraw_proposal(proposal_id)
    return records.reject_proposal(proposal_id, reason=form["reason"].data)


def _find_list(proposal: Proposal) -> ImportedList | None:
    """Return the list that a proposal is about, None if it is about something else."""
    if proposal["kind"] not in {"list-withdrawal", "list-replacement", "held-row"}:
        return None
    try:
        return sessions.get_client().records.get_list(proposal["target"])
    except ApiError as problem:
        # The target of a decision about held rows is a list or one row.
        if problem.status != 404:
            raise
        return None


def _build_page(proposal: Proposal) -> Mapping[str, Any]:
    """Return the variables of the page of differences that the address names."""
    differences = proposal["differences"]
    pages = max(-(-len(differences) // PAGE_SIZE), 1)
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    first = (page - 1) * PAGE_SIZE
    return {"differences": differences[first : first + PAGE_SIZE], "page": page, "pages": pages}
