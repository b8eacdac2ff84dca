"""The first page, and what everyone may read without signing in."""

from flask import Blueprint, render_template

blueprint = Blueprint("front", __name__)


@blueprint.get("/")
def show_first_page() -> str:
    return render_template("front/first.html")


@blueprint.get("/guide")
def show_guide() -> str:
    return render_template("front/guide.html")
