"""Letters that pass through the portal, from a service to the reader, piece by piece. Called by pages."""

from contextlib import ExitStack

from flask import Response

from govah_client.client import Client

# The browser's own PDF viewer has inline styles; no script of the file runs, and no other site may frame it.
POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
CHUNK = 64 * 1024


def stream_letter(client: Client, path: str, name: str, *, save: bool) -> Response:
    """Return the PDF at a path of the API, to be shown in the page or saved as that file. Raises ApiError."""
    with ExitStack() as stack:
        reply = stack.enter_context(client.transport.stream("GET", path))
        response = Response(reply.iter_bytes(CHUNK), mimetype="application/pdf")
        response.call_on_close(stack.pop_all().close)
    # The length shows whether a letter is complete.
    if length := reply.headers.get("Content-Length"):
        response.headers["Content-Length"] = length
    kind = "attachment" if save else "inline"
    response.headers["Content-Disposition"] = f'{kind}; filename="{name}"'
    response.headers["Content-Security-Policy"] = POLICY
    return response
