"""Looks at letters as pages show them: those of one institution within a day are one line."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from services.kit.jalali import to_tehran_date

Look = Mapping[str, Any]


def group_looks(looks: Iterable[Look]) -> list[dict[str, Any]]:
    """Return the looks, newest first, with `count` and `purposes`; the answered ones of a day are one.

    A day is one in Tehran. Looks of other permits, or by inquirers who say to be somebody else, stay apart;
    so does every refused attempt.
    """
    groups: dict[object, dict[str, Any]] = {}
    for number, look in enumerate(looks):
        day = to_tehran_date(datetime.fromisoformat(look["time"]))
        looker = (look.get("permit_id"), look.get("institution"), look.get("claimed_institution"), day)
        key = looker if look["result"] == "answered" else number
        group = groups.setdefault(key, {**look, "count": 0, "purposes": []})
        group["count"] += 1
        if look["purpose"] and look["purpose"] not in group["purposes"]:
            group["purposes"].append(look["purpose"])
    return list(groups.values())
