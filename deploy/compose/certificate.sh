#!/bin/sh
# Puts a renewed certificate in front of people: the deploy hook of certbot, the renew hook of lego. It replaces
# the files of GOVAH_TLS_DIR, which the group GOVAH_GROUP may read, and has the edge take them.
set -eu

cd "$(dirname "$0")/../.."
certificate=${LEGO_CERT_PATH:-${RENEWED_LINEAGE:?is set by certbot}/fullchain.pem}
key=${LEGO_CERT_KEY_PATH:-${RENEWED_LINEAGE:-}/privkey.pem}
directory=${GOVAH_TLS_DIR:-./var/compose/tls}

replace() {
    install -m 0640 "$1" "$directory/$2.new"
    [ "$(id -u)" != 0 ] || chgrp "${GOVAH_GROUP:-10001}" "$directory/$2.new"
    mv "$directory/$2.new" "$directory/$2"
}

replace "$key" privkey.pem
replace "$certificate" fullchain.pem
exec make reload
