"""What records' OpenAPI document says of each route, with examples of invented people. Used by `app`."""

from collections.abc import Mapping

from services.kit.http.documentation import Documented
from services.records.documentation import looks, objections, record

DOCUMENTED: Mapping[str, Documented] = record.DOCUMENTED | objections.DOCUMENTED | looks.DOCUMENTED
