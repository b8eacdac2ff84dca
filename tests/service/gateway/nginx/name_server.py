"""A name server with all addresses of a name, which a test may change, and an address without a machine."""

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

# A type A record of class IN for the name of the question, of 1 second and 4 bytes (RFC 1035, 4.1.3).
RECORD = struct.pack("!HHHIH", 0xC00C, 1, 1, 1, 4)
# Flags of an answer, without an error and with "no such name" (RFC 1035, 4.1.1).
FOUND, UNKNOWN = 0x8180, 0x8183


class NameServer(socketserver.UDPServer):
    """Answers on loopback with the addresses of `hosts`, names without a final dot."""

    def __init__(self, hosts: Mapping[str, Sequence[str]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hosts = hosts

    @property
    def address(self) -> str:
        """Host and port, as `EDGE_RESOLVER` takes them."""
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(socketserver.BaseRequestHandler):
    server: NameServer

    def handle(self) -> None:
        query, sock = self.request
        labels, end = [], 12
        while length := query[end]:
            labels.append(query[end + 1 : end + 1 + length].decode("ascii"))
            end += 1 + length
        addresses = self.server.hosts.get(".".join(labels), ())
        head = struct.pack("!2sHHHHH", query[:2], FOUND if addresses else UNKNOWN, 1, len(addresses), 0, 0)
        records = b"".join(RECORD + socket.inet_aton(address) for address in addresses)
        sock.sendto(head + query[12 : end + 5] + records, self.client_address)


@contextmanager
def naming(hosts: Mapping[str, Sequence[str]]) -> Iterator[NameServer]:
    """Yield a running name server."""
    with NameServer(hosts) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def silence_address(host: str, port: int) -> Iterator[None]:
    """Have an address drop every attempt to connect, as that of a machine that has gone."""
    with ExitStack() as opened:
        full = opened.enter_context(socket.create_server((host, port), backlog=0))
        for _ in range(3):
            waiting = opened.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        yield
