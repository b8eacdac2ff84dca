"""deploy/kubernetes/admin.sh: a pod for one command, which goes whatever becomes of the command."""

import subprocess
from pathlib import Path

import pytest

from tests.unit.deploy.manifests import KUBERNETES

FAKE = """#!/bin/sh
echo "$*" >>"$0.calls"
case $* in
    *'get pod'*) echo pod/admin-1-x ;;
    *exec*) echo answer; exit "$(cat "$0.status")" ;;
esac
"""


@pytest.mark.parametrize("status", [0, 3])
def test_a_command_runs_in_a_pod_that_is_deleted_after_it(tmp_path: Path, status: int) -> None:
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(FAKE, "ascii")
    kubectl.chmod(0o755)
    Path(f"{kubectl}.status").write_text(str(status), "ascii")
    ran = subprocess.run(
        [KUBERNETES / "admin.sh", "institutions", "add", "بانک نمونه"],
        env={"KUBECTL": f"{kubectl} --context site", "GOVAH_NAMESPACE": "own", "PATH": "/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    # Only the command's own output is on standard output, and its status is the script's.
    assert (ran.returncode, ran.stdout) == (status, "answer\n")
    calls = Path(f"{kubectl}.calls").read_text("utf-8").splitlines()
    assert all(call.startswith("--context site --namespace own ") for call in calls)
    created, *_, executed, deleted = (call.removeprefix("--context site --namespace own ") for call in calls)
    job = created.split()[2]
    assert created == f"create job {job} --from=cronjob/admin"
    program = "deploy/compose/entrypoint.sh python -m govah.ops.admin"
    assert executed == f"exec --stdin job/{job} -- {program} institutions add بانک نمونه"
    assert deleted.startswith(f"delete job {job} ")
