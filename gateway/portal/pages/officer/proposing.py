"""What the forms that propose a change have in common: the reason, and sending it to records.

Another officer confirms each proposal (`proposals`). Called by the pages of held rows, people and lists.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from gateway.portal import sessions
from gateway.portal.forms import Form
from govah_client.errors import ApiError
from govah_client.proposals import Proposal, ProposalKind

LONGEST_REASON = 2_000
# A refusal that an officer can correct or has to read beside the form.
EXPECTED = (409, 422, "own-record", "own-proposal", "others-proposal")


def build_proposal_reason(label: str = "", description: str = "") -> TextAreaField:
    """Return the field for the reason of a proposal or of its rejection; blanks are rejected."""
    return TextAreaField(
        label or _("علت پیشنهاد"),
        description=description or _("سندی را که دیده‌اید نام ببرید. کارشناس دوم این متن را می‌خواند."),
        validators=[
            DataRequired(_("علت را بنویسید.")),
            Length(max=LONGEST_REASON, message=_("علت حداکثر ۲۰۰۰ نویسه است. آن را کوتاه‌تر کنید.")),
        ],
        render_kw={"rows": 3, "dir": "auto"},
    )


def propose(
    form: Form, kind: ProposalKind, target: uuid.UUID | str, change: Mapping[str, Any], reason: str
) -> ResponseReturnValue | None:
    """Return the redirect to the new proposal; None if it was refused, with the refusal in the form."""
    records = sessions.get_client().records
    try:
        proposal = records.propose_change(
            {"kind": kind, "target": str(target), "change": dict(change), "reason": reason},
            idempotency_key=form.key,
        )
    except ApiError as problem:
        show_refusal(form, problem)
        return None
    return redirect_to_proposal(proposal)


def show_refusal(form: Form, problem: ApiError) -> None:
    """Show a refusal beside the fields that it names; with a link if another proposal is undecided."""
    problem.errors = [
        {**error, "field": error.get("field", "").rpartition(".")[2]} for error in problem.errors
    ]
    form.refuse(problem, *EXPECTED)
    if other := problem.document.get("proposal_id"):
        form.elsewhere = (
            url_for("officer_proposals.show_proposal", proposal_id=other),
            gettext("آن پیشنهاد را ببینید."),
        )


def redirect_to_proposal(proposal: Proposal) -> ResponseReturnValue:
    """Return the redirect to a proposal that was just made."""
    session["note"] = "decision-proposed"
    return redirect(url_for("officer_proposals.show_proposal", proposal_id=proposal["id"]), 303)
