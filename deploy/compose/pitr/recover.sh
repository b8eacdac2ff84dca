#!/bin/sh
# Point-in-time recovery, the second half: fills the folder of a stopped PostgreSQL with its state at a moment.
#   recover.sh 2026-11-30T09:15:00Z     or: recover.sh latest
#   recover.sh --check latest           only whether the archive reaches that moment; PostgreSQL may run
# What was there goes to before-recovery-… in the same folder, the archive to before-… beside itself. If it fails, what
# was there is put back.
set -eu
umask 077
archive=${ARCHIVE:-/archive}
data=${PGDATA:-/var/lib/postgresql/data}
only_check=
[ "${1:-}" != --check ] || { only_check=1 && shift; }
moment=${1:?say when, such as 2026-11-30T09:15:00Z, or latest}
now=$(date -u +%Y%m%dT%H%M%SZ)

fail() { echo "recover: $1" >&2; exit 1; }

case ${GOVAH_POSTGRES:-postgres} in
    postgres | postgres:5432) ;;
    *) fail "this fills the container postgres of compose.yaml only, and GOVAH_POSTGRES names $GOVAH_POSTGRES" ;;
esac
[ -n "$only_check" ] || [ ! -e "$data/postmaster.pid" ] || fail "PostgreSQL runs, or ended without cleaning up: stop it first (down)"
case $moment in
    latest) until=99999999T999999Z target= ;;
    *)
        until=$(date -u -d "$moment" +%Y%m%dT%H%M%SZ) || fail "this is not a moment: $moment"
        target="recovery_target_time = '$(date -u -d "$moment" '+%Y-%m-%d %H:%M:%S.%N+00')'"
        ;;
esac
base=$(find "$archive/base" -mindepth 1 -maxdepth 1 -name '[0-9]*' | sort |
    awk -F/ -v until="$until" '$NF <= until' | tail -n 1)
[ -n "$base" ] || fail "there is no base backup of before $moment in $archive/base"
tar -tzf "$base/base.tar.gz" >/dev/null || fail "$base is damaged; name an earlier moment"
[ -z "$only_check" ] || exit 0

aside="$data/before-recovery-$now"
socket=$(mktemp -d)
put_back() {
    trap - EXIT INT TERM
    echo "recover: it failed; what was there is put back" >&2
    pg_ctl --pgdata "$data" --wait --mode immediate stop >/dev/null 2>&1 || true
    find "$data" -mindepth 1 -maxdepth 1 ! -name 'before-recovery-*' -exec rm -rf {} +
    find "$aside" -mindepth 1 -maxdepth 1 -exec mv {} "$data/" \;
    rmdir "$aside"
    exit 1
}
mkdir "$aside"
trap put_back EXIT INT TERM
find "$data" -mindepth 1 -maxdepth 1 ! -name 'before-recovery-*' -exec mv {} "$aside/" \;
tar -xzf "$base/base.tar.gz" -C "$data" --exclude='./before-recovery-*' --exclude='before-recovery-*'
chmod 700 "$data"
cat >>"$data/postgresql.auto.conf" <<CONFIGURATION
restore_command = 'cp "$archive/wal/%f" "%p" 2>/dev/null || cp "$archive/wal/%f.partial" "%p" 2>/dev/null'
recovery_target_action = 'promote'
$target
CONFIGURATION
touch "$data/recovery.signal"

# A server reads the log only with at least what the one had that wrote it: then, and last.
find_largest() {
    for folder in "$data" "$aside"; do
        LC_ALL=C pg_controldata "$folder" 2>/dev/null || true
    done | awk -F': *' -v name="$1 setting" '$1 == name && $2 > most { most = $2 } END { print most + 0 }'
}
options="-c listen_addresses='' -k $socket"
for pair in max_connections=max_connections max_worker_processes=max_worker_processes \
    max_wal_senders=max_wal_senders max_prepared_transactions=max_prepared_xacts \
    max_locks_per_transaction=max_locks_per_xact; do
    value=$(find_largest "${pair#*=}")
    [ "$value" = 0 ] || options="$options -c ${pair%=*}=$value"
done
# Nobody else connects until all is there: a socket in a folder of its own.
pg_ctl --pgdata "$data" --wait --timeout 86400 --options "$options" start >&2
ask() { psql --no-psqlrc -v ON_ERROR_STOP=1 -Atqc "$1" --host "$socket" --username "${PGUSER:-postgres}" --dbname postgres; }
until [ "$(ask 'SELECT pg_is_in_recovery()')" = f ]; do sleep 1; done
for setting in restore_command recovery_target_action recovery_target_time; do
    ask "ALTER SYSTEM RESET $setting"
done
pg_ctl --pgdata "$data" --wait --timeout 3600 --mode fast stop >&2
trap - EXIT INT TERM
rm -rf "$socket"
# The log that follows belongs to another timeline, and gets a base backup of its own at the next start.
mkdir "$archive/before-$now"
mv "$archive/base" "$archive/wal" "$archive/before-$now/"
echo "recovered $moment from $(basename "$base"). Start the system; it ends again what had ended since."
echo "When all is well, delete $aside and $archive/before-$now."
