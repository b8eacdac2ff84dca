"""The endpoint that others are compared with: Flask, and nothing done."""

import time

from flask import Flask

SLOW_SECONDS = 1.0

app = Flask(__name__)


@app.route("/")
def answer_root() -> dict[str, str]:
    return {"status": "ok"}


@app.route("/slow")
def answer_slowly() -> dict[str, str]:
    time.sleep(SLOW_SECONDS)
    return {"status": "ok"}
