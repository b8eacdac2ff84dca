"""JSON from strangers: no name twice, bounded size and depth."""

import json
import math
from typing import Any, NoReturn

MAX_DEPTH = 32


class JsonMalformed(ValueError):
    """The bytes are not JSON, or are JSON that two readers may understand in two ways."""


def parse_json(data: bytes, largest: int) -> Any:
    """Return the value of a JSON text in UTF-8 of at most `largest` bytes. Raises JsonMalformed.

    Refused besides: a name twice in one object, NaN, infinite numbers, half of a surrogate pair, more than
    `MAX_DEPTH` levels.
    """
    if len(data) > largest:
        raise JsonMalformed("too large")
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_build_object,
            parse_constant=_refuse,
            parse_float=_parse_float,
        )
        _check_depth(value)
        # No program can print half of a surrogate pair.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise JsonMalformed("not JSON") from error
    return value


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) != len(pairs):
        raise JsonMalformed("a name twice")
    return built


def _refuse(constant: str) -> NoReturn:
    raise JsonMalformed(constant)


def _parse_float(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        containers = [item for item in level if isinstance(item, (dict, list))]
        if not containers:
            return
        level = [
            inner for item in containers for inner in (item.values() if isinstance(item, dict) else item)
        ]
    raise JsonMalformed("too deep")
