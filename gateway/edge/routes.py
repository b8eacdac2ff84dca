"""The table of public routes. `front` opens them; `generate` writes them for nginx and for README.

Paths are written as Flask writes them. A path with variables gives way to one without.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from services import SERVICES
from services.kit.http.access import LARGE_BODY, MULTIPART_SLACK, SMALL_BODY
from services.kit.sizes import ARCHIVE_PART

ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
LARGEST_UPLOAD = LARGE_BODY + MULTIPART_SLACK
LARGEST_ATTACHMENT = 5 * 1024 * 1024 + MULTIPART_SLACK
LARGEST_PART = ARCHIVE_PART + MULTIPART_SLACK
# Seconds in which a service answers a file: a list of 50,000 rows takes half a minute on a busy machine.
UPLOAD_WITHIN = 60
VARIABLE = re.compile(r"<(?:path:)?(\w+)>")


class Kind(Enum):
    """Whether errors are problem documents for programs, or pages with the portal's own headers."""

    API = "api"
    PAGE = "page"


@dataclass(frozen=True)
class Route:
    """A public path, and the service that answers it.

    `largest_body` is in bytes; nginx enforces it, and the embedded door enforces the largest of all. `target`
    is the service's own path, where it differs.
    """

    name: str
    path: str
    service: str
    methods: tuple[str, ...] = ALL_METHODS
    largest_body: int = SMALL_BODY
    kind: Kind = Kind.API
    target: str = ""

    def build_target(self, variables: Mapping[str, str]) -> str:
        """Return the path to call at the service."""
        return VARIABLE.sub(lambda match: variables[match[1]], self.target or self.path)


API = "/api/v1"
ROUTES = (
    # Before the services' own: nginx takes the first pattern that matches.
    Route(
        "attach_file",
        f"{API}/records/me/objections/<objection_id>/attachments",
        "records",
        largest_body=LARGEST_ATTACHMENT,
    ),
    Route(
        "propose_list_replacement",
        f"{API}/records/lists/<list_id>/replacement",
        "records",
        largest_body=LARGEST_UPLOAD,
    ),
    Route(
        "put_import_part",
        f"{API}/records/imports/<import_id>/parts/<number>",
        "records",
        largest_body=LARGEST_PART,
    ),
    *(Route(service, f"{API}/{service}/<path:rest>", service) for service in SERVICES),
    Route("upload_list", f"{API}/records/lists", "records", largest_body=LARGEST_UPLOAD),
    Route("check_letter", f"{API}/inquiry/letters/check", "inquiry", largest_body=LARGEST_UPLOAD),
    Route(
        "letter_status",
        "/l/<serial>",
        "inquiry",
        methods=("GET", "POST"),
        target=f"{API}/inquiry/letters/<serial>",
    ),
    Route(
        "credential_keys",
        "/.well-known/govah-keys.json",
        "inquiry",
        methods=("GET",),
        target=f"{API}/inquiry/keys",
    ),
    Route("well_known", "/.well-known/<name>", "auth", methods=("GET",)),
    Route(
        "security_txt",
        "/.well-known/security.txt",
        "portal",
        methods=("GET",),
        largest_body=LARGEST_UPLOAD,
        kind=Kind.PAGE,
    ),
)
# Everything else is a page, but for these first parts of a path: of programs, and of what is not public.
PORTAL = Route("portal", "/<path:path>", "portal", largest_body=LARGEST_UPLOAD, kind=Kind.PAGE)
HIDDEN = ("api", "l", ".well-known", "internal", "readyz", "metrics")
