"""Digests of answers, by which disclosure and records agree whether an answer would be another one today."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.kit.answers.parsing import Question
from services.kit.canonical_json import compute_json_hash


def format_name(person: Mapping[str, Any]) -> str:
    """Return the name of a person as answers have it."""
    return f"{person['first_name']} {person['last_name']}".strip()


def compute_answers_digest(answers: Sequence[Question], person: Mapping[str, Any]) -> str:
    """Return the SHA-256 of answers and of the identity that stands with them.

    The newest closed month does not count: it moves every month.
    """
    return compute_json_hash([list(map(dict, answers)), person["national_code"], format_name(person)])
