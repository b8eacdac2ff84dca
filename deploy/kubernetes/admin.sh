#!/bin/sh
# An operator's commands in a cluster, as `docker-compose run --rm admin …`: deploy/kubernetes/admin.sh requests failed
# It starts a pod from the suspended CronJob `admin`, runs the command in it and deletes it. GOVAH_NAMESPACE is the namespace
# (govah), KUBECTL the program with its options.
set -eu

kubectl=${KUBECTL:-kubectl}
job=admin-$(date +%s)-$$

run() {
    # Unquoted: it may hold options.
    $kubectl --namespace "${GOVAH_NAMESPACE:-govah}" "$@"
}
clean() {
    run delete job "$job" --wait=false --ignore-not-found >&2
}

trap clean EXIT
trap 'exit 130' INT TERM
run create job "$job" --from=cronjob/admin >&2
# Its pod is not there immediately, and `wait` for what is not there fails.
tries=60
until [ -n "$(run get pod --selector "job-name=$job" --output name)" ]; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "admin: the cluster makes no pod for $job" >&2 && exit 1; }
    sleep 1
done
run wait pod --selector "job-name=$job" --for=condition=Ready --timeout=120s >&2
terminal=
[ ! -t 0 ] || terminal=--tty
run exec --stdin $terminal "job/$job" -- \
    deploy/compose/entrypoint.sh python -m govah.ops.admin "$@"
