#!/bin/sh
# Fills in the configuration beside this file from EDGE_* variables and becomes nginx with the given arguments:
# `start.sh -t` only checks. `start.sh reload` has a running nginx take a new certificate and new settings, once
# they are found to be right, without refusing a call.
set -eu

edge=$(cd "$(dirname "$0")" && pwd)
run=${EDGE_RUN_DIR:-/tmp/edge}
certificate=${EDGE_CERTIFICATE:-/etc/govah/tls/fullchain.pem}
certificate_key=${EDGE_CERTIFICATE_KEY:-/etc/govah/tls/privkey.pem}
incidents=${EDGE_INCIDENT_DIR:-/var/lib/govah/incidents}

refuse() {
    echo "edge: $*" >&2
    exit 1
}

warn() {
    echo "{\"service\":\"edge\",\"event\":\"$1\",\"level\":\"warning\"}" >&2
}

first_resolver() {
    address=$(sed -n 's/^nameserver  *\([^ ]*\).*/\1/p' /etc/resolv.conf | head -n 1)
    case $address in
        *:*) echo "[$address]" ;;
        ?*) echo "$address" ;;
        *) echo 127.0.0.11 ;;
    esac
}

script=
# fill NAME VALUE: replace @NAME@ by a value without special characters.
fill() {
    plain "$1" "$2"
    script="$script;s|@$1@|$2|g"
}
plain() {
    case $2 in
        *[!]A-Za-z0-9_./:[-]*) refuse "EDGE_$1 holds a character that is not accepted" ;;
    esac
}
# turn NAME on|off: have lines that begin with @NAME@, or leave them out.
turn() {
    case $2 in
        on) script="$script;s/@$1@ \{0,1\}//" ;;
        off) script="$script;/@$1@/d" ;;
        *) refuse "EDGE_$1 is neither on nor off" ;;
    esac
}

njs_file=ngx_http_js_module.so
find_njs() {
    for module in ${EDGE_NJS_MODULE:-/usr/lib/nginx/modules/$njs_file /etc/nginx/modules/$njs_file}; do
        [ ! -r "$module" ] || { echo "$module" && return; }
    done
}

# Whether nginx waits for a last request before it closes kept connections, which it can from 1.27.4 on.
can_wait_before_closing() {
    version=$(nginx -v 2>&1 | sed -n 's|.*nginx/\([0-9.]*\).*|\1|p')
    [ "$(printf '%s\n' "$version" 1.27.4 | sort -V | head -n 1)" = 1.27.4 ]
}

# The key of the hash of addresses: that of the file, or one that lives as long as this edge.
find_address_key() {
    if [ -n "${EDGE_ADDRESS_KEY_FILE:-}" ]; then
        [ -r "$EDGE_ADDRESS_KEY_FILE" ] || refuse 'EDGE_ADDRESS_KEY_FILE cannot be read'
        sha256sum <"$EDGE_ADDRESS_KEY_FILE"
    elif [ -r "$run/address.key" ]; then
        cat "$run/address.key"
    else
        head -c 32 /dev/urandom | sha256sum | (umask 077 && tee "$run/address.key")
    fi
}

trusted='' networks=''
for network in ${EDGE_TRUSTED_PROXY:-}; do
    plain TRUSTED_PROXY "$network"
    trusted="$trusted set_real_ip_from $network;"
    networks="$networks $network trusted;"
done

if [ -r "$certificate" ] && [ -r "$certificate_key" ]; then
    [ -n "${EDGE_PUBLIC_URL:-}" ] || refuse 'a certificate is given, so EDGE_PUBLIC_URL must say https://…'
    turn PLAIN off
    turn TLS on
elif [ -e "$certificate" ] || [ -e "$certificate_key" ]; then
    refuse 'certificate and key must both be there and readable'
else
    turn TLS off
    turn PLAIN on
fi
turn METRICS "$([ -n "${EDGE_METRICS_PORT:-}" ] && echo on || echo off)"
turn KEEPALIVE "$(can_wait_before_closing && echo on || echo off)"
turn INCIDENTS "${EDGE_INCIDENTS:-off}"

mkdir -p "$run"
njs=$(find_njs)
if [ -n "$njs" ]; then
    turn NJS on
    turn NO_NJS off
    fill NJS_MODULE "$njs"
    key=$(find_address_key)
    fill ADDRESS_KEY "${key%% *}"
else
    turn NJS off
    turn NO_NJS on
    warn network-hash.no-module
fi

fill RUN "$run"
fill EDGE "$edge"
fill DOCS "${EDGE_DOCS:-$edge/docs}"
fill ACME "${EDGE_ACME:-/var/lib/govah/acme}"
fill INCIDENT_DIR "$incidents"
fill RESOLVER "${EDGE_RESOLVER:-$(first_resolver)}"
fill AUTH "${EDGE_AUTH:-auth:8000}"
fill RECORDS "${EDGE_RECORDS:-records:8000}"
fill DISCLOSURE "${EDGE_DISCLOSURE:-disclosure:8000}"
fill INQUIRY "${EDGE_INQUIRY:-inquiry:8000}"
fill PORTAL "${EDGE_PORTAL:-portal:8000}"
script="$script;s|@TRUSTED_PROXY@|$trusted|;s|@TRUSTED_NETWORKS@|$networks|"
fill PUBLIC_URL "${EDGE_PUBLIC_URL:-}"
fill CERTIFICATE "$certificate"
fill CERTIFICATE_KEY "$certificate_key"
fill HTTP_PORT "${EDGE_HTTP_PORT:-8080}"
fill HTTPS_PORT "${EDGE_HTTPS_PORT:-8443}"
fill METRICS_PORT "${EDGE_METRICS_PORT:-}"
fill RATE "${EDGE_RATE:-50r/s}"
fill BURST "${EDGE_BURST:-200}"
fill CONNECTIONS "${EDGE_CONNECTIONS:-100}"
fill ACCESS_LOG "${EDGE_ACCESS_LOG:-/dev/stdout}"

# render FOLDER: write the configuration and the metrics into it.
render() {
    mkdir -p "$1"
    for file in "$edge"/*.conf "$edge"/*.js; do
        # As a file, so that no list of processes shows the key.
        (umask 077 && printf '%s\n' "$script" | sed -f /dev/stdin "$file" >"$1/$(basename "$file")")
    done
    metric=govah_certificate_expires_timestamp_seconds
    {
        echo "# HELP $metric When a certificate ends"
        echo "# TYPE $metric gauge"
        if [ -r "$certificate" ] && ends=$(openssl x509 -enddate -noout -in "$certificate" 2>&1) &&
            ends=$(date -u -d "${ends#notAfter=}" +%s 2>&1); then
            echo "$metric{certificate=\"edge\"} $ends"
        elif [ -r "$certificate" ]; then
            warn certificate.end-unknown
        fi
    } >"$1/metrics.txt"
}

# Nothing in the incident log becomes older than a week: a day's file goes six days after its last line.
delete_old_incidents() {
    find "$incidents" -name '*.log' -mmin +8640 -delete
}

if [ "${1:-}" = reload ]; then
    nginx=$(cat "$run/nginx.pid" 2>/dev/null) || refuse 'it does not run'
    rm -rf "$run/next"
    render "$run/next"
    nginx -q -t -e stderr -c "$run/next/nginx.conf" || refuse 'nothing was changed'
    mv "$run"/next/* "$run"
    kill -HUP "$nginx"
    exit
fi

# A socket that a killed nginx left behind would keep this one from listening.
rm -f "$run/health.sock"
render "$run"
if [ "${EDGE_INCIDENTS:-off}" = on ] && [ "${1:-}" != -t ]; then
    [ -d "$incidents" ] && [ -w "$incidents" ] || refuse "no incident log can be written into $incidents"
    delete_old_incidents
    # Ends with nginx, whose process this is.
    (while sleep 60 && kill -0 $$; do delete_old_incidents; done) >/dev/null 2>&1 &
fi
exec nginx -e stderr -c "$run/nginx.conf" "$@"
