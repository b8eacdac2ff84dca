"""One size of the largest file, wherever a file comes in."""

from pathlib import Path

from gateway.edge.reception.bounds import Bounds
from govah_verify.report import LARGEST_FILE as VERIFIED
from services.kit.http.access import LARGE_BODY, MULTIPART_SLACK
from services.kit.sizes import LARGEST_FILE, MEBIBYTE
from services.records.lists.dbf import MAX_BYTES

NGINX = Path(__file__).parents[3] / "gateway" / "edge" / "nginx"


def test_the_largest_file_has_one_size_everywhere() -> None:
    assert {VERIFIED, LARGE_BODY, MAX_BYTES, Bounds().body - MULTIPART_SLACK} == {LARGEST_FILE}


def test_the_edge_takes_the_same_size() -> None:
    settings = "".join(path.read_text("utf-8") for path in NGINX.glob("*.conf"))
    assert settings.count(f'"{LARGEST_FILE // MEBIBYTE} MiB";') == 4
    assert settings.count(f"client_max_body_size {(LARGEST_FILE + MULTIPART_SLACK) // 1024}k;") == 4
