"""The first page and what everybody may read without signing in."""

from flask import Blueprint, render_template

blueprint = Blueprint("front", __name__)


@blueprint.get("/")
def first() -> str:
    return render_template("front/first.html")


@blueprint.get("/guide")
def guide() -> str:
    return render_template("front/guide.html")
