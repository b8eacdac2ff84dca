"""The front door from outside: crooked paths, smuggled requests, forged headers, slow senders.

The embedded door always, and the edge of production before the same services where nginx is installed.
"""

import os
import random
import shutil
import socket
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from types import SimpleNamespace
from typing import cast

import httpx

from deploy.system_packages import SYSTEM_PATH
from services.inquiry.actions.codes import new_code
from tests.attack.registry import AttackVoid, Outcome, Size, register_attack
from tests.attack.target import INQUIRY, Target
from tests.service.gateway.nginx.desk import Edge, Upstream
from tests.service.gateway.nginx.desk import running as running_edge
from tests.waiting import PATIENCE

SECONDS = 12.0
INTERNAL = ("internal/events", "internal/people/match", "internal/statement", "metrics", "readyz", "healthz")
CLIMBING = (
    "/{0}",
    "//{0}",
    "/./{0}",
    "/api/v1/records/../../../{0}",
    "/api/v1/records/..%2f..%2f..%2f{0}",
    "/api/v1/records/%2e%2e/%2e%2e/%2e%2e/{0}",
    "/api/v1/records/..;/..;/..;/{0}",
    "/api/v1/records/%252e%252e/%252e%252e/%252e%252e/{0}",
    "/api/v1/records/..\\..\\..\\{0}",
    "/api/v1/records//../../..//{0}",
    "/api/v1/inquiry/x%00/../../../../{0}",
    "/l/../{0}",
    "/.well-known/../{0}",
)
# What only a service says of itself, or what an internal call would answer.
INSIDE = (b"# HELP", b'"events"', b'"last"', b'"person_id"', b"token-missing", b"process_cpu")
FORWARDED = (
    "X-Forwarded-For",
    "X-Real-IP",
    "Forwarded",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "X-Forwarded",
    "X-Originating-IP",
    "x_forwarded_for",
)
EVALUATED = 5
EDGE_PORTS = ("EDGE_HTTP_PORT", "EDGE_HTTPS_PORT", "EDGE_METRICS_PORT")


@contextmanager
def doors(target: Target) -> Iterator[dict[str, int]]:
    """Lend the ports of the embedded door and, where nginx is installed, of the edge before the services."""
    with ExitStack() as stack:
        ports = {"door": target.system.port}
        if shutil.which("nginx", path=f"{SYSTEM_PATH}{os.pathsep}{os.environ['PATH']}"):
            directory = target.data_dir / "attack-edge" / uuid.uuid4().hex
            directory.mkdir(parents=True)
            behind = {name: _build_upstream(port) for name, port in target.plan.service_ports.items()}
            # The portal's port is nowhere written down: its pages are not what is attacked here.
            behind.setdefault("portal", behind["auth"])
            ports_of_edge = dict(zip(EDGE_PORTS, find_quiet_ports(len(EDGE_PORTS)), strict=True))
            edge = stack.enter_context(running_edge(Edge(directory, behind, ports_of_edge)))
            ports["edge"] = int(edge.settings["EDGE_HTTP_PORT"])
        yield ports


def find_quiet_ports(count: int) -> list[str]:
    """Return ports that nobody uses, below those that outgoing connections are given."""
    free_ports: list[str] = []
    for port in random.sample(range(20_000, 32_000), 500):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("", port))
            free_ports.append(str(port))
        if len(free_ports) == count:
            return free_ports
    raise AttackVoid("no port is free")


def _build_upstream(port: int) -> Upstream:
    return cast("Upstream", SimpleNamespace(server_port=port))


def send_raw(port: int, sent: bytes, source: str = "127.0.0.1", seconds: float = SECONDS) -> bytes:
    """Return all that comes back for these bytes until the other side closes or nothing more comes."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds, source_address=(source, 0)) as sock:
        sock.sendall(sent)
        try:
            while some := sock.recv(65536):
                received += some
        except OSError:
            pass
    return received


def parse_status(answer: bytes) -> int:
    """Return the status of the first answer; 0 for none."""
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: govah\r\nConnection: close\r\n\r\n".encode()


@register_attack("crooked paths to what is internal", "nothing internal is answered, no 5xx")
def traverse_paths(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    names = size.pick(INTERNAL[:4], INTERNAL)
    with doors(target) as ports:
        for door, port in ports.items():
            for name in names:
                for path in CLIMBING:
                    if path == "/{0}" and name == "healthz":
                        continue
                    answer = send_raw(port, _get(path.format(name)))
                    got_in = parse_status(answer) >= 500 or any(mark in answer for mark in INSIDE)
                    tally.add(f"{door} {path.format(name)}: {answer[:40]!r}", is_hit=got_in)
        note = "with the edge" if "edge" in ports else "without nginx"
    return tally.summarise(note)


def _build_requests() -> dict[str, bytes]:
    smuggled = b"GET /internal/events HTTP/1.1\r\nHost: govah\r\n\r\n"
    post = b"POST /api/v1/inquiry/inquiries HTTP/1.1\r\nHost: govah\r\nContent-Type: application/json\r\n"
    close = b"Connection: close\r\n\r\n"
    chunked = b"Transfer-Encoding: chunked\r\n" + close
    length = b"Content-Length: %d\r\n" % len(smuggled)
    return {
        "CL and TE": post + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
        "TE and CL": post + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + smuggled,
        "two CL": post + b"Content-Length: 0\r\n" + length + b"\r\n" + smuggled,
        "CL with a sign": post + b"Content-Length: +0\r\n\r\n" + smuggled,
        "TE that is none": post + b"Transfer-Encoding: xchunked\r\n" + length + b"\r\n" + smuggled,
        "TE with a tab": post
        + b"Transfer-Encoding:\tchunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"
        + smuggled,
        "a fold": post + b"X: a\r\n Content-Length: 0\r\n" + length + b"\r\n" + smuggled,
        "bare LF": post.replace(b"\r\n", b"\n") + b"Content-Length: 0\n\n" + smuggled,
        "two Host": b"GET /l/1 HTTP/1.1\r\nHost: govah\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        "a space before the colon": post + b"Content-Length : 0\r\n" + length + b"\r\n" + smuggled,
        "a whole address": b"GET http://evil.example/internal/events HTTP/1.1\r\nHost: govah\r\n"
        b"Connection: close\r\n\r\n",
        "CL and a chunk extension": post + b"Content-Length: 5\r\n" + chunked + b"2;a=b\n{}\r\n0\r\n\r\n",
        "a chunk extension with LF": post + chunked + b"2;a\nb\r\n{}\r\n0\r\n\r\n",
        "a chunk that is too long": post + chunked + b"ffffffffffffffff1\r\n{}\r\n0\r\n\r\n",
        "a chunk of a negative length": post + chunked + b"-2\r\n{}\r\n0\r\n\r\n",
        "a header without a colon": b"GET /l/1 HTTP/1.1\r\nHost: govah\r\nnothing\r\n" + close,
        "NUL in a header": b"GET /l/1 HTTP/1.1\r\nHost: govah\r\nX: a\x00b\r\n" + close,
    }


@register_attack("smuggled requests and broken framing", "nothing internal is answered, no 5xx")
def send_smuggled_requests(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    with doors(target) as ports:
        for door, port in ports.items():
            for name, sent in _build_requests().items():
                answer = send_raw(port, sent, target.take_address(), seconds=size.pick(2.0, 4.0))
                # 501 is the right word for an encoding that is not known (RFC 9112, 6.1).
                failed = parse_status(answer) >= 500 and parse_status(answer) != 501
                got_in = failed or any(mark in answer for mark in INSIDE)
                tally.add(f"{door} {name}: {answer[:40]!r}", is_hit=got_in)
    return tally.summarise()


@register_attack(
    "forged forwarding headers", "5 codes of one address are looked at, whatever it calls itself"
)
def forge_addresses(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    pair = {"national_code": target.holder.person.national_code, "code": new_code()}
    with doors(target) as ports:
        for header in size.pick(FORWARDED[:3], FORWARDED):
            for door, port in ports.items():
                caller, looked_at = target.create_stranger(), 0
                for number in range(8):
                    forged = f"198.51.100.{number}"
                    answer = caller.http.post(
                        f"http://127.0.0.1:{port}{INQUIRY}/inquiries",
                        json=pair,
                        headers={header: f"for={forged}" if header == "Forwarded" else forged},
                    )
                    looked_at += answer.status_code == 404
                    beyond = answer.status_code not in {404, 429, 503} or looked_at > EVALUATED
                    tally.add(f"{door} {header}: {answer.status_code}", is_hit=beyond)
                if not looked_at:
                    raise AttackVoid(f"{door} {header}: no code was looked at")
    return tally.summarise()


@register_attack("40 slow uploads from one address", "others are answered meanwhile, each within 12 seconds")
def send_slowly(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    head = (
        b"POST /api/v1/inquiry/letters/check HTTP/1.1\r\nHost: govah\r\nContent-Length: 1000000\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
    )
    address = target.take_address()
    with ExitStack() as stack:
        for _ in range(size.pick(40, 80)):
            slow = stack.enter_context(
                socket.create_connection(("127.0.0.1", target.system.port), source_address=(address, 0))
            )
            slow.sendall(head)
        time.sleep(1)

        def ask(path: str) -> int:
            try:
                return (
                    target.create_stranger().http.get(path, timeout=size.pick(PATIENCE, SECONDS)).status_code
                )
            except httpx.TransportError:
                return 0

        paths = ("/api/v1/inquiry/letters/keys", "/", "/api/v1/disclosure/agreement")
        with ThreadPoolExecutor(len(paths)) as threads:
            for path, status in zip(paths, threads.map(ask, paths), strict=True):
                tally.add(f"{path}: {status or 'no answer'}", is_hit=status != 200)
    return tally.summarise()


@register_attack("a national code as request id", "only a UUID is taken; nobody's number stands in a log")
def name_requests(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    person = target.holder.person
    names = [person.national_code, f"id-{person.mobile}", "A" * 64, "0" * 32 + "x", "../../etc", "1" * 10]
    for name in names:
        answer = target.create_stranger().get(f"{INQUIRY}/letters/keys", headers={"X-Request-ID": name})
        tally.add(f"{len(name)} characters came back", is_hit=answer.headers.get("X-Request-ID") == name)
    own = str(uuid.uuid4())
    answer = target.create_stranger().get(f"{INQUIRY}/letters/keys", headers={"X-Request-ID": own})
    if answer.headers.get("X-Request-ID") != own:
        raise AttackVoid("a UUID is not taken")
    for log in (target.data_dir / "logs").glob("*.log*"):
        text = log.read_text("utf-8", "replace")
        for name in (person.national_code, person.mobile):
            tally.add(f"{log.name} has it", is_hit=name in text)
    return tally.summarise()


def _send_foreign_hosts(target: Target) -> Iterator[tuple[str, httpx.Response]]:
    """Yield answers to requests that name another host, each with what was asked."""
    stranger = target.create_stranger()
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "evil.example/.."):
        for path in ("/", "/record", "/institution", "/sign-in"):
            yield f"Host {host} {path}", stranger.get(path, headers={"Host": host})
    for path in ("//evil.example", "//evil.example/%2e%2e", "/\\evil.example", "/%2f%2fevil.example"):
        yield path, stranger.get(stranger.system.base_url + path)


@register_attack("redirects and links to another host", "no Location and no link to the stranger's host")
def redirect_away(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    for name, answer in _send_foreign_hosts(target):
        location = answer.headers.get("Location", "")
        away = location.startswith(("//", "/\\")) or "evil.example" in location.split("?")[0]
        linked = answer.status_code < 400 and any(
            f'{mark}"{scheme}evil.example' in answer.text
            for mark in ("href=", "action=", "src=")
            for scheme in ("http://", "https://", "//")
        )
        tally.add(f"{name}: {location or 'a link'}", is_hit=away or linked)
    return tally.summarise()
