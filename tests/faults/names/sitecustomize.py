"""A process whose PYTHONPATH begins with this folder knows the names of FAULTS_HOSTS and all their addresses.

The file is read at each look-up, as a name server would be asked.
"""

import json
import os
import random
import socket
from pathlib import Path
from typing import Any

_look_up = socket.getaddrinfo


def _list_addresses(host: Any, *arguments: Any, **options: Any) -> list[Any]:
    hosts = json.loads(Path(os.environ["FAULTS_HOSTS"]).read_text("ascii"))
    addresses = hosts.get(host, [host])
    items = [item for address in addresses for item in _look_up(address, *arguments, **options)]
    return random.sample(items, len(items)) if host in hosts else items


socket.getaddrinfo = _list_addresses
