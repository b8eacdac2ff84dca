"""Letters that pass through the portal, from a service to the reader, piece by piece. Called by pages."""

from contextlib import ExitStack

from flask import Response

from govah_client.client import Client

# The browser's own PDF viewer has inline styles; no script of the file runs, and no other site may frame it.
POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
CHUNK = 64 * 1024


# Types of papers that people attach, each with the extension of a saved file.
PAPERS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
# Nothing of a paper runs, and it has no access to this site.
PAPER_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"


def stream_paper(client: Client, path: str) -> Response:
    """Return a paper at a path of the API: pictures are shown in a sandbox, PDFs saved. Raises ApiError."""
    with ExitStack() as stack:
        reply = stack.enter_context(client.transport.stream("GET", path))
        media_type = reply.headers.get("Content-Type", "").partition(";")[0]
        extension = PAPERS.get(media_type)
        response = Response(
            reply.iter_bytes(CHUNK), mimetype=media_type if extension else "application/octet-stream"
        )
        response.call_on_close(stack.pop_all().close)
    # Browsers show no PDF in a sandbox.
    kind = "inline" if extension in {"jpg", "png"} else "attachment"
    response.headers["Content-Disposition"] = f'{kind}; filename="attachment.{extension or "bin"}"'
    response.headers["Content-Security-Policy"] = PAPER_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


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
