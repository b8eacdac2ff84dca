"""``python -m tests.fakes.time_stamp_server``: an authority on port 8080, in a container of its own."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import tsp

from tests.fakes.time_stamps import create_tsa

PORT = 8080
AUTHORITY = create_tsa()


class Handler(BaseHTTPRequestHandler):
    """Answers each query with a token."""

    def do_POST(self) -> None:
        query = self.rfile.read(int(self.headers["Content-Length"]))
        answer = AUTHORITY.request_tsa_response(tsp.TimeStampReq.load(query)).dump()
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


if __name__ == "__main__":
    ThreadingHTTPServer(("", PORT), Handler).serve_forever()
