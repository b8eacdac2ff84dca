"""`python -m gateway.edge.generate` writes the table of routes into nginx/routes.conf and gateway/README.md.

`make contracts` runs it; a test compares the files with the table.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from gateway.edge.routes import HIDDEN, PORTAL, ROUTES, UPLOAD_WITHIN, Kind, Route
from services.kit.http.access import MULTIPART_SLACK, SMALL_BODY

EDGE = Path(__file__).parent
CONF, README = EDGE / "nginx" / "routes.conf", EDGE.parent / "README.md"
# The characters of a variable in a path that nginx rewrites; below a prefix it passes the path on as it is.
VARIABLE = "[0-9A-Za-z-]{1,40}"
TABLE = re.compile(r"(?<=<!-- routes -->\n).*?(?=<!-- /routes -->)", re.DOTALL)

BEGINNING = """\
# What is public, and which service answers it. Written by `make contracts` from gateway/edge/routes.py.

# The raw path is passed on, so a path that climbs out of its folder must not get in.
if ($climbs) {
    return 404;
}
# `touch` and `rm` of this file begin and end a maintenance.
if (-f @RUN@/maintenance) {
    return 503;
}
"""
END = """\
# What `python -m gateway.docs` wrote.
location ~ "^/api/docs/?$" {
    include docs.conf;
    default_type text/html;
    rewrite ^ /index.html break;
}
location ~ "^/api/docs/(?<file>page\\.css|fonts/[A-Za-z-]+\\.woff2)$" {
    include docs.conf;
    rewrite ^ /$file break;
}

location = /healthz {
    proxy_intercept_errors on;
    proxy_pass http://unix:@RUN@/health.sock:/auth;
}

# For whatever chooses among several edges.
location = /alive {
    proxy_intercept_errors on;
    proxy_pass http://unix:@RUN@/health.sock:/inquiry-alone;
}
"""


def render_conf() -> str:
    """Return the content of nginx/routes.conf."""
    hidden = "|".join(map(_escape, HIDDEN))
    locations = "\n".join(map(_render_location, ROUTES))
    return f"""{BEGINNING}
{locations}
{END}
# Paths of programs, and what is not public.
location ~ ^/({hidden})(/|$) {{
    return 404;
}}
# All else is for people; the portal sends its own security headers.
{_render_location(PORTAL)}"""


def render_table() -> str:
    """Return the table of routes in gateway/README.md."""
    rows = [("route", "goes to", "body"), ("---", "---", "---")]
    rows += [(f"`{_render_path(route.path)}`", route.service, _describe_size(route)) for route in ROUTES]
    rows += [
        ("`/api/docs`", "the API's page", "–"),
        ("`/.well-known/acme-challenge/…`", "the files of an ACME client; in production only", "–"),
        (
            "`/healthz`",
            "itself: 200 once all services and the portal are ready and the sample data is in",
            "–",
        ),
        ("`/alive`", "itself: 200 while inquiry answers", "–"),
        ("everything else", "portal", _describe_size(PORTAL)),
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _render_location(route: Route) -> str:
    lines: Iterable[str] = [f"    proxy_pass ${route.service}{_render_target(route)};"]
    if route.kind is Kind.PAGE:
        lines = ["    include portal.conf;", *lines]
    elif route.largest_body > SMALL_BODY:
        lines = [
            f"    client_max_body_size {route.largest_body // 1024}k;",
            f"    proxy_read_timeout {UPLOAD_WITHIN}s;",
            *lines,
        ]
    return "\n".join([f"location {_render_match(route)} {{", *lines, "}\n"])


def _render_match(route: Route) -> str:
    if route is PORTAL:
        return "/"
    prefix, _, variable = route.path.partition("<")
    if not variable:
        return f"= {route.path}"
    if not variable.endswith(">") or "<" in variable:
        pattern = VARIABLE.join(map(_escape, re.split("<[^>]+>", route.path)))
        return f'~ "^{pattern}$"'
    if route.target:
        name = variable.rstrip(">")
        return f'~ "^{_escape(prefix)}(?<{name}>{VARIABLE})$"'
    return f"~ ^{_escape(prefix)}"


def _render_target(route: Route) -> str:
    # A target with variables is passed as it is, without the query.
    return re.sub(r"<(\w+)>", r"$\1", route.target) + ("$is_args$args" if route.target else "")


def _escape(path: str) -> str:
    return path.replace(".", r"\.")


def _render_path(path: str) -> str:
    return path.replace("<path:rest>", "…").replace("<", "{").replace(">", "}")


def _describe_size(route: Route) -> str:
    if route.largest_body == SMALL_BODY:
        return f"{SMALL_BODY // 1024} KiB"
    return f"{(route.largest_body - MULTIPART_SLACK) // 1024**2} MiB"


def main() -> None:
    """Write both files."""
    CONF.write_text(render_conf(), "utf-8")
    README.write_text(TABLE.sub(lambda _: render_table(), README.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
