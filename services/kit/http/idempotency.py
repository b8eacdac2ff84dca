"""`Idempotency-Key` for routes: `@idempotent` gives a route the `IdempotentCall` of its request.

The decorator stands below those of the blueprint, so that it sees the parsed body:

    @blueprint.route("/notes", methods=["POST"])
    @blueprint.arguments(NewNote)
    @blueprint.response(201, Note)
    @idempotent(IdempotencyKey)
    def create_note(fields: dict[str, Any], call: IdempotentCall) -> Response:
        with call.transaction() as session:
            return call.build_reply(notes.create_note(session, **fields), 201)

Slow work, such as a call of another service, comes before `call.transaction()` and after `call.check()`: a
repeated request is answered without repeating that work.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from functools import wraps
from typing import Any

import svcs
from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.idempotency import IdempotencyMixin, Replay, StoredReply, check_key, hash_value

View = Callable[..., Any]


class IdempotentCall:
    """One request of an idempotent route: its key, its one transaction and its stored reply."""

    def __init__(
        self, session: Session, model: type[IdempotencyMixin], scope: str | None, fields: Mapping[str, Any]
    ) -> None:
        self._session = session
        self._model = model
        self._scope = scope
        self._stored = StoredReply(model, scope, fields)
        self._is_answered = False

    def compare_fields(self, fields: Mapping[str, Any]) -> None:
        """Compare a repeated request by these fields, for a route whose body is more than its fields."""
        self._stored = StoredReply(self._model, self._scope, fields)

    @contextmanager
    def check(self) -> Iterator[Session]:
        """Open a transaction before the work, without taking the key.

        Raises Replay when the request was answered before, IdempotencyKeyReused for other fields.
        """
        with self._session.begin():
            self._stored.check(self._session)
            yield self._session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open the transaction of the effect: the key, the effect and the stored reply are one commit.

        Raises as `check` does, and RuntimeError when the block has stored no reply.
        """
        with self._session.begin():
            self._stored.claim_key(self._session)
            yield self._session
            if not self._is_answered:
                raise RuntimeError("an idempotent route has stored no reply")

    def store_reply(self, body: dict[str, Any], status: int) -> None:
        """Store what a repeated request gets, where that differs from this reply."""
        self._stored.store(self._session, status, body)
        self._is_answered = True

    def build_reply(self, body: dict[str, Any], status: int = 200) -> Response:
        """Return the reply, and store it for a repeated request."""
        self.store_reply(body, status)
        response = jsonify(body)
        response.status_code = status
        return response


def _name_caller() -> str:
    caller = get_caller()
    # A key of a person and a key of the representative do not meet.
    return f"{caller.subject} by {caller.actor}" if caller.actor else caller.subject


def _get_body_fields(*given: Any, **_variables: Any) -> Mapping[str, Any]:
    """Return the parsed body of a route, or nothing for a route without one; the address is in the scope."""
    body: Any = given[0] if given else {}
    return asdict(body) if is_dataclass(body) and not isinstance(body, type) else body


def idempotent(
    model: type[IdempotencyMixin],
    *,
    caller_name: Callable[[], str] = _name_caller,
    fields: Callable[..., Mapping[str, Any]] = _get_body_fields,
    on_replay: Callable[[Replay], Any] | None = None,
) -> Callable[[View], View]:
    """Give a route its `IdempotentCall` as the keyword argument `call`.

    Keys of two callers do not meet; `caller_name` says whose key this is, by default the token's subject.
    `fields` returns what is compared, by default the parsed body. `on_replay` answers a repeated request, by
    default with the stored reply.
    """

    def decorator(view: View) -> View:
        @wraps(view)
        def wrapper(*given: Any, **variables: Any) -> Any:
            key = request.headers.get("Idempotency-Key")
            check_key(key)
            # The endpoint's name and the parts of the address make a key another one on another route.
            scope = hash_value([caller_name(), request.endpoint, request.view_args, key]) if key else None
            with svcs.flask.get(Sessions)() as session:
                call = IdempotentCall(session, model, scope, fields(*given, **variables))
                try:
                    return view(*given, **variables, call=call)
                except Replay as replay:
                    if on_replay is None:
                        raise
                    return on_replay(replay)

        wrapper.is_idempotent = True  # type: ignore[attr-defined]  # read by `is_idempotent`
        return wrapper

    return decorator


def is_idempotent(view: View) -> bool:
    """Return whether a route has the decorator `idempotent`, below any others that wrap it."""
    return getattr(view, "is_idempotent", False)
