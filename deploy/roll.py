"""``python -m deploy.roll [SERVICE …]``: start the containers of a running system again without a pause.

For each container a second one starts from compose.yaml as it is now. The first ends when the second is
healthy. Without words it goes through every service that can have two containers. Needs only Python.
"""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence

from deploy.running import CommandFailed, Running, read_compose

# Why a service cannot have two containers, and what to do instead.
SINGLE: Mapping[str, str] = {
    "edge": "it holds the published ports; for a new certificate run `make reload`",
    "postgres": "two servers cannot share its data",
    "redis": "two servers cannot share its data",
    "wal-archive": "it holds the only replication slot; restart it, nobody calls it",
    "backup-timer": "two would back up at the same hour; restart it, nobody calls it",
}
# The state of a container, and a second word if compose.yaml says how its health is checked.
STATE = "{{.State.Status}} {{if .State.Health}}checked{{end}}"
# Seconds. The slowest container is healthy after 90: its first check comes after a minute.
HEALTHY_WITHIN = 300.0
# Names are looked up again every 2 s by the edge (gateway/edge), so it knows the new container by then.
KNOWN_AFTER = 3.0
# Above every stop_grace_period of compose.yaml; a container that has ended is not waited for.
END_WITHIN = 40


def list_rolled(running: Running) -> list[str]:
    """Return the services with a running container that can have a second one."""
    chosen = []
    for service in running.list_services():
        if service not in SINGLE and (containers := running.find_containers(service)):
            state = running.run_docker("inspect", "--format", STATE, containers[0]).split()
            # A job has ended, and what has no health check cannot be waited for.
            if state == ["running", "checked"] and not running.run_docker("port", containers[0]).strip():
                chosen.append(service)
    return chosen


def roll_service(running: Running, service: str) -> int:
    """Replace the containers of a service one after another; return their number. Raises CommandFailed."""
    if reason := SINGLE.get(service):
        raise CommandFailed(f"{service} cannot have two containers: {reason}")
    former = running.find_containers(service)
    if not former:
        raise CommandFailed(f"{service} does not run; start it with: docker-compose up -d {service}")
    # An override of compose.yaml may publish a port of any service.
    if running.run_docker("port", former[0]).strip():
        raise CommandFailed(f"{service} cannot have two containers: it holds a published port")
    for container in former:
        before = running.find_containers(service)
        scale = f"{service}={len(before) + 1}"
        new: list[str] = []
        try:
            running.compose("up", "-d", "--no-deps", "--no-recreate", "--scale", scale, service)
            new = [one for one in running.find_containers(service) if one not in before]
            wait_until_healthy(running, new)
        except CommandFailed as failure:
            remove(running, new or [one for one in running.find_containers(service) if one not in before])
            raise CommandFailed(f"{service}: {failure}; the former container still runs") from failure
        time.sleep(KNOWN_AFTER)
        remove(running, [container])
    return len(former)


def wait_until_healthy(running: Running, containers: Sequence[str]) -> None:
    """Return when every container is healthy. Raises CommandFailed."""
    if not containers:
        raise CommandFailed("compose started no second container")
    deadline = time.monotonic() + HEALTHY_WITHIN
    while True:
        states = running.run_docker("inspect", "--format", "{{.State.Health.Status}}", *containers).split()
        if set(states) == {"healthy"}:
            return
        if "unhealthy" in states or time.monotonic() > deadline:
            raise CommandFailed(f"the new container is not healthy; see: docker logs {containers[0]}")
        time.sleep(1)


def remove(running: Running, containers: Sequence[str]) -> None:
    """End containers as the engine does, and remove them."""
    for container in containers:
        running.run_docker("stop", "--time", str(END_WITHIN), container)
        running.run_docker("rm", container)


def main(arguments: Sequence[str]) -> int:
    """Roll the services of a command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="make roll", description=__doc__)
    parser.add_argument("services", nargs="*", metavar="SERVICE")
    chosen = parser.parse_args(arguments).services
    try:
        running = Running(read_compose())
        for service in chosen or list_rolled(running):
            began = time.monotonic()
            count = roll_service(running, service)
            sys.stderr.write(f"roll: {service}: {count} replaced in {time.monotonic() - began:.0f} s\n")
    except CommandFailed as failure:
        sys.stderr.write(f"roll: {failure}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
