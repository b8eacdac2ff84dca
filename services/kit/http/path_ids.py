"""UUIDs in paths, also as people paste them. Every app takes `<uuid:…>` of its routes from here."""

import re
import uuid

from flask import Flask
from werkzeug.routing import UUIDConverter, ValidationError

from services.kit.text import normalise_figures

_UUID = re.compile(UUIDConverter.regex)


class PastedUUIDConverter(UUIDConverter):
    """A UUID in a path, perhaps among marks of direction and other characters that are not seen."""

    regex = "[^/]{36,60}"

    def to_python(self, value: str) -> uuid.UUID:
        """Return the UUID; ValidationError, which makes the path an unknown one, for anything else."""
        figures = normalise_figures(value)
        if not _UUID.fullmatch(figures):
            raise ValidationError
        return uuid.UUID(figures)


def accept_pasted_ids(app: Flask) -> None:
    """Let the app's routes read UUIDs as they are pasted; call it before routes are registered."""
    app.url_map.converters["uuid"] = PastedUUIDConverter
