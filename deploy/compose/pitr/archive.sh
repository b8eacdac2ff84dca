#!/bin/sh
# Point-in-time recovery, the first half: streams PostgreSQL's log to $ARCHIVE without a pause, and takes a base
# backup every $BASE_HOURS hours. The container wal-archive of compose.yaml runs it; recover.sh is the second half.
set -eu
umask 077
archive=${ARCHIVE:-/archive}
slot=govah_archive
# recover.sh fills the folder of that container, so no other server's log is of use to it.
case ${GOVAH_POSTGRES:-postgres} in
    postgres | postgres:5432) ;;
    *)
        echo "archive: this follows the container postgres of compose.yaml only, and GOVAH_POSTGRES names" \
            "$GOVAH_POSTGRES: archive the log where that runs (docs/operations/backup.md)" >&2
        exit 1
        ;;
esac
[ -z "${POSTGRES_PASSWORD_FILE:-}" ] || PGPASSWORD=$(head -n 1 "$POSTGRES_PASSWORD_FILE") && export PGPASSWORD
export PGDATABASE=postgres

ask() { psql --no-psqlrc -v ON_ERROR_STOP=1 -Atqc "$1"; }

# A server of the image lets nobody in for replication; a server that is far behind must not fill its disk.
allow_replication() {
    rules="SELECT count(*) FROM pg_hba_file_rules WHERE 'replication' = ANY (database)
           AND coalesce(address, '') NOT IN ('127.0.0.1', '::1') AND type <> 'local'"
    if [ "$(ask "$rules")" = 0 ]; then
        ask "COPY (SELECT 'host replication $PGUSER samenet scram-sha-256') TO PROGRAM 'cat >> pg_hba.conf'"
    fi
    ask "ALTER SYSTEM SET max_slot_wal_keep_size = '${SLOT_KEEP_SIZE:-10GB}'"
    ask "SELECT pg_reload_conf()" >/dev/null
}

find_oldest_base() { find "$archive/base" -mindepth 1 -maxdepth 1 -name '[0-9]*' | sort | head -n 1; }

take_base() {
    stamp=$(date -u +%Y%m%dT%H%M%SZ)
    rm -rf "$archive"/base/.part-*
    pg_basebackup --pgdata "$archive/base/.part-$stamp" --format tar --gzip --wal-method none --checkpoint fast \
        --no-password
    # The moment from which this base can be used is its end.
    stamp=$(date -u +%Y%m%dT%H%M%SZ)
    mv "$archive"/base/.part-* "$archive/base/$stamp"
    echo "base backup $stamp"
}

# The newest base stays, however old, and the log since the oldest one.
remove_old() {
    newest=$(find "$archive/base" -mindepth 1 -maxdepth 1 -name '[0-9]*' | sort | tail -n 1)
    find "$archive/base" -mindepth 1 -maxdepth 1 -name '[0-9]*' -mtime "+${KEEP_DAYS:-7}" ! -path "$newest" \
        -exec rm -rf {} +
    first=$(tar -xzOf "$(find_oldest_base)/base.tar.gz" backup_label |
        sed -n 's/^START WAL LOCATION:.*file \([0-9A-F]*\)).*/\1/p')
    find "$archive/wal" -type f | while read -r path; do
        name=$(basename "$path" .partial)
        case $name in
            *.history) ;;
            # Log of the same or another timeline: the last sixteen digits order it.
            *) [ "$(printf '%s' "$name" | cut -c9-)" \< "$(printf '%s' "$first" | cut -c9-)" ] && rm "$path" ;;
        esac || true
    done
}

mkdir -p "$archive/wal" "$archive/base"
until ask "SELECT 1" >/dev/null 2>&1; do sleep 1; done
allow_replication
pg_receivewal --directory "$archive/wal" --slot $slot --create-slot --if-not-exists --no-password
pg_receivewal --directory "$archive/wal" --slot $slot --synchronous --no-password &
receiver=$!
echo $receiver >"${RECEIVER_PID:-/tmp/receiver.pid}"
trap 'kill $receiver; wait $receiver; exit 0' TERM INT
while kill -0 $receiver; do
    [ -n "$(find "$archive/base" -mindepth 1 -maxdepth 1 -name '[0-9]*' -mmin "-$((${BASE_HOURS:-24} * 60))")" ] ||
        { take_base && remove_old; }
    sleep 30 &
    wait $! || true
done
echo "the stream of the log ended; this container starts again" >&2
exit 1
