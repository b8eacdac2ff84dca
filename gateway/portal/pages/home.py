"""«تامین اجتماعی من»: every interaction with its state, newest first."""

from flask import Blueprint, render_template, request

from gateway.portal import sessions

blueprint = Blueprint("home", __name__, url_prefix="/home")
blueprint.before_request(sessions.demand(sessions.CITIZEN))
ON_A_PAGE = 20


@blueprint.get("")
def activity() -> str:
    page = sessions.me().get(
        "/api/v1/disclosure/activity", limit=ON_A_PAGE, cursor=request.args.get("cursor")
    )
    return render_template("home/activity.html", items=page["items"], next_cursor=page["next_cursor"])
