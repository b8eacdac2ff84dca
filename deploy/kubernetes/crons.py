"""The CronJobs: `admin`, the template of an operator's pod, and `backup`, of the component backups."""

from deploy.kubernetes.objects import Json, build_labels, build_metadata
from deploy.kubernetes.pods import build_pod

# Seconds after which an operator's pod ends: it has the secrets of all services.
ADMIN_SECONDS = 3600
# A shell that ends when it is asked to; commands are run beside it.
HOLD = ["sh", "-c", f"trap 'exit 0' TERM; sleep {ADMIN_SECONDS} & wait"]


def build_admin(container: Json) -> Json:
    """Return the suspended CronJob from which `admin.sh` makes the pod of an operator's commands."""
    job = {"backoffLimit": 0, "activeDeadlineSeconds": ADMIN_SECONDS, "ttlSecondsAfterFinished": 60}
    pod = {**build_pod("admin", "job", {**container, "command": HOLD}), "restartPolicy": "Never"}
    # No schedule runs while it is suspended; the field is mandatory.
    return _build_cron_job("admin", pod, job, {"schedule": "0 0 1 1 *", "suspend": True})


def build_backup(container: Json) -> Json:
    """Return the CronJob of a backup a day, whose pod does once what compose's timer does daily."""
    once = {**container, "command": ["python", "-m", "govah.ops.backup.timer", "once"]}
    pod = {**build_pod("backup", "job", once), "restartPolicy": "Never"}
    schedule = {
        "schedule": "30 2 * * *",
        "timeZone": "Asia/Tehran",
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 3600,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 3,
    }
    return _build_cron_job("backup", pod, {"backoffLimit": 3}, schedule)


def _build_cron_job(name: str, pod: Json, job: Json, schedule: Json) -> Json:
    template = {"metadata": {"labels": build_labels(name, "job")}, "spec": pod}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": build_metadata(name, "job"),
        "spec": {**schedule, "jobTemplate": {"spec": {**job, "template": template}}},
    }
