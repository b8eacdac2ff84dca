"""What all forms have in common, and the fields that Persian forms need. Pages subclass `Form`.

A form's fields have the names of the API's, so that `refuse` shows a service's errors beside them.
"""

import hashlib
import uuid
from typing import Any, TypeVar

from flask import request, session
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField

from gateway.portal import api, browser, drafts, entries, sessions
from gateway.portal.form_fields import (
    CodeField,
    InsuranceNumberField,
    JalaliDateField,
    LetterFileField,
    ListFileField,
    MobileField,
    NationalCodeField,
    OptionalDateField,
    SecretField,
    WholeNumberField,
    require_input,
)
from govah_client.errors import ApiError

__all__ = [
    "CodeField",
    "InsuranceNumberField",
    "JalaliDateField",
    "LetterFileField",
    "ListFileField",
    "MobileField",
    "NationalCodeField",
    "OptionalDateField",
    "SecretField",
    "WholeNumberField",
    "require_input",
]
FormType = TypeVar("FormType", bound="Form")
# How the general messages of schemas begin, which do not name their field.
GENERAL = (
    *("باید ", "بیش از ", "این فیلد ", "این مقدار ", "اندازه باید "),
    *("Must ", "Field ", "Longer ", "Not a valid "),
)


class Form(FlaskForm):
    """A form with CSRF protection and a hidden word that makes it harmless to send it twice."""

    once = HiddenField(default=lambda: uuid.uuid4().hex)
    restored = False
    # Whether nothing that was typed is wrong: it is too early, or a service is unavailable.
    is_blocked = False
    # The path of the right page, and the text of the link to it.
    elsewhere: tuple[str, str] | None = None

    class Meta:
        # Messages are the form's own, not those of WTForms.
        locales = False

        def render_field(self, field: Field, render_kw: dict[str, Any]) -> Any:
            """Return an input that a screen reader connects with its hint and its errors."""
            descriptions = [f"{field.id}-hint"] if field.description else []
            descriptions += [f"{field.id}-error{number}" for number, _error in enumerate(field.errors, 1)]
            kind = "form-select" if field.type == "SelectField" else "form-control"
            render_kw = {"required": False} | (field.render_kw or {}) | render_kw
            if field.type in {"HiddenField", "CSRFTokenField"}:
                return field.widget(field, **render_kw)
            render_kw["class"] = f"{kind} {render_kw.get('class', '')}".strip()
            if descriptions:
                render_kw["aria-describedby"] = " ".join(descriptions)
            if field.errors:
                render_kw["aria-invalid"] = "true"
            return field.widget(field, **render_kw)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # The browser gets its id before a form is sent: two simultaneous requests would give it two.
        browser.ensure_id()
        super().__init__(*args, **kwargs)

    @property
    def made_for(self) -> str:
        """The tag of the person for whom this form is rendered; "" without a session."""
        reader = sessions.find_reader()
        return "" if reader == drafts.ANONYMOUS else reader

    @property
    def key(self) -> str:
        """The Idempotency-Key of what is sent: the same for the same content of the same form and reader."""
        fields = sorted((name, str(value)) for name, value in self.data.items() if name != "csrf_token")
        reader = sessions.find_reader()
        # To the services, all readers without a session are the same caller.
        scope = browser.ensure_id() if reader == drafts.ANONYMOUS else reader
        return hashlib.sha256(repr((scope, fields)).encode()).hexdigest()

    def refuse(self, refusal: ApiError, *expected: int | str) -> int:
        """Show a service's refusal beside the fields it names, else above the form; return the page's status.

        Raises the refusal itself unless its status or its code is expected.
        """
        if refusal.status not in expected and refusal.code not in expected:
            raise refusal
        _, detail = api.describe_error(refusal)
        self.is_blocked = refusal.status in {429, 503}
        for error in refusal.errors:
            field = self._fields.get(error.get("field", ""))
            self._add_error(field, error.get("message", detail))
        if not refusal.errors:
            self._add_error(None, detail)
        return 503 if refusal.status == 503 else 200

    def validate_fields(self) -> None:
        """Validate the fields that a draft has: the others were never saved."""
        self.validate()
        for field in self:
            if drafts.SECRET_FIELD.search(field.name):
                field.errors = ()

    def _add_error(self, field: Field | None, message: str) -> None:
        if field is None:
            self.form_errors.append(message)
        else:
            field.errors = [*field.errors, message]

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """The target of each error, and its text. A target is a field, another page or ""."""
        errors = [(field, str(error)) for field in self for error in field.errors]
        texts = [error for _field, error in errors]
        named = [
            (
                f"#{field.id}",
                f"{_get_name(field)}: {error}"
                if texts.count(error) > 1 or error.startswith(GENERAL)
                else error,
            )
            for field, error in errors
        ]
        general = [("", str(error)) for error in self.form_errors]
        return ([self.elsewhere] if self.elsewhere else []) + general + named


def _get_name(field: Field) -> str:
    """Return the label of a field without what explains it."""
    return str(field.label.text).split(" (")[0].rstrip(":؟?")


def open_form(kind: type[FormType], **defaults: Any) -> FormType:
    """Return the form of this request: as sent, as saved before a session ended, or with the defaults."""
    draft = entries.pop_form_draft() if request.method == "GET" else None
    if draft is None:
        return kind(data=defaults)
    form = kind(formdata=draft)
    form.restored = True
    if session.pop("recheck", None) == request.path:
        form.validate_fields()
    return form
