"""`govah demo`: the whole journey in the terminal, only through the public API.

It starts the embedded system (or uses the one that runs on the same data), makes list files of invented
people, and goes from an employer's list to an institution's answer as each of the persons involved would.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.spinner import Spinner

from govah.cli.journey import walk
from govah.cli.options import data_dir_option
from govah.cli.tellers import Teller, format_seconds
from govah.local.data_directory import CannotStart, find_running_system, free_ports, write_privately
from govah_client.client import Client
from services.kit.version import read_version

START_SECONDS = 120


@click.command("demo")
@data_dir_option
def run_demo(data_dir: Path) -> None:
    """Play the whole journey, from employers' list files to an institution's answer."""
    data_dir = data_dir.resolve()
    write_privately()
    console = Console(highlight=False)
    console.print(
        Panel(
            "گواه: سابقه بیمه را با رضایت شما و برای مدتی معین ثابت می‌کند\n"
            f"Govah {read_version()} proves an insurance record, with consent, for a limited time",
            expand=False,
        )
    )
    teller, began = Teller(console), time.monotonic()
    with _system(teller, data_dir) as base_url, Client.connect(base_url) as client:
        letter = walk(teller, client, data_dir)
    console.print(
        f"\n[bold green]نامه اینجا ذخیره شد[/]  the letter is saved here:\n{letter}", soft_wrap=True
    )
    console.print(f"[dim]{format_seconds(time.monotonic() - began)}[/]")


@contextmanager
def _system(teller: Teller, data_dir: Path) -> Iterator[str]:
    """Yield the base URL of the system on this data: the running one, or one started for the demo."""
    if base_url := find_running_system(data_dir):
        teller.write_line(f"سامانه‌ای که کار می‌کند: {base_url}\n   [dim]the system that runs already[/]")
        yield base_url
        return
    [port] = free_ports(1)
    with teller.step("روشن کردن سامانه", "starting the services, the broker and the PDF worker"):
        command = [sys.executable, "-m", "govah.cli", "run", "--no-sample"]
        process = subprocess.Popen(  # noqa: S603 -- our own command
            [*command, "--port", str(port), "--data-dir", str(data_dir)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            _wait_until_up(teller, process, data_dir)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait_until_up(teller: Teller, process: subprocess.Popen[str], data_dir: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    with Live(Spinner("dots", " …"), console=teller.console, transient=True):
        while time.monotonic() < deadline:
            if process.poll() is not None:
                output = process.stdout.read().strip() if process.stdout else ""
                raise CannotStart(output or "the system ended while starting")
            if find_running_system(data_dir):
                return
            time.sleep(0.2)
    raise CannotStart(f"the system was not ready within {START_SECONDS} seconds; see {data_dir / 'logs'}")
