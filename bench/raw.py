"""The floor of the pipeline: the same letters in a loop, with nothing around it; a process of its own."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Loop:
    """One loop: how many letters, in how many seconds, with how many seconds of CPU."""

    letters: int
    seconds: float
    cpu: float


def render(claims: Sequence[Json], at_once: int) -> list[Loop]:
    """Render and sign all the claims in each of `at_once` processes simultaneously."""
    document = json.dumps(claims).encode()
    processes = [
        subprocess.Popen([sys.executable, "-m", "bench.raw"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(at_once)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(document)
        process.stdin.close()
    loops = []
    for process in processes:
        assert process.stdout is not None
        loops.append(Loop(**json.load(process.stdout)))
        process.wait()
    return loops


def _run_loop(claims: Sequence[Json]) -> Loop:
    # Fontconfig reads its file at this import, and the caller of `render` needs no Pango.
    from bench.letters.signing import load_prover  # noqa: PLC0415
    from services.pdfworker.letter.page import Letterhead  # noqa: PLC0415
    from services.pdfworker.letter.render import render_letter, warm_up  # noqa: PLC0415
    from services.pdfworker.settings import Settings  # noqa: PLC0415

    fields = Settings.model_fields
    look = Letterhead(fields["organisation"].default, fields["unit"].default, "https://govah.example")

    def make(claim: Json) -> None:
        qr_text = load_prover().build_qr_text(claim["letter"], claim["statement"])
        place = load_prover().signer.build_place(qr_text)
        letter = render_letter(claim["letter"], claim["statement"], look, qr_text, place)
        load_prover().sign_letter(letter.pdf, letter.pages)

    warm_up(look)
    make(claims[0])
    begun, cpu = time.perf_counter(), time.process_time()
    for claim in claims:
        make(claim)
    return Loop(len(claims), time.perf_counter() - begun, time.process_time() - cpu)


if __name__ == "__main__":
    json.dump(asdict(_run_loop(json.load(sys.stdin))), sys.stdout)
