#!/bin/sh
# Fills in the configuration beside this file from EDGE_* variables and becomes nginx with the given arguments:
# `start.sh -t` only checks.
set -eu

edge=$(cd "$(dirname "$0")" && pwd)
run=${EDGE_RUN_DIR:-/tmp/edge}
certificate=${EDGE_CERTIFICATE:-/etc/govah/tls/fullchain.pem}
certificate_key=${EDGE_CERTIFICATE_KEY:-/etc/govah/tls/privkey.pem}

refuse() {
    echo "edge: $*" >&2
    exit 1
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

trusted='' networks=''
for network in ${EDGE_TRUSTED_PROXY:-}; do
    plain TRUSTED_PROXY "$network"
    trusted="$trusted set_real_ip_from $network;"
    networks="$networks $network trusted;"
done

if [ -r "$certificate" ] && [ -r "$certificate_key" ]; then
    [ -n "${EDGE_PUBLIC_URL:-}" ] || refuse 'a certificate is given, so EDGE_PUBLIC_URL must say https://…'
    script='/@PLAIN@/d;s/@TLS@ \{0,1\}//'
elif [ -e "$certificate" ] || [ -e "$certificate_key" ]; then
    refuse 'certificate and key must both be there and readable'
else
    script='/@TLS@/d;s/@PLAIN@ //'
fi

if [ -n "${EDGE_METRICS_PORT:-}" ]; then
    script="$script;s/@METRICS@ //"
else
    script="$script;/@METRICS@/d"
fi

fill RUN "$run"
fill EDGE "$edge"
fill DOCS "${EDGE_DOCS:-$edge/docs}"
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

mkdir -p "$run"
# A socket that a killed nginx left behind would keep this one from listening.
rm -f "$run/health.sock"
for file in "$edge"/*.conf; do
    sed -e "$script" "$file" >"$run/$(basename "$file")"
done
metric=govah_certificate_expires_timestamp_seconds
{
    echo "# HELP $metric When a certificate ends"
    echo "# TYPE $metric gauge"
    if [ -r "$certificate" ] && ends=$(openssl x509 -enddate -noout -in "$certificate" 2>&1) &&
        ends=$(date -u -d "${ends#notAfter=}" +%s 2>&1); then
        echo "$metric{certificate=\"edge\"} $ends"
    elif [ -r "$certificate" ]; then
        echo '{"service":"edge","event":"certificate.end-unknown","level":"warning"}' >&2
    fi
} >"$run/metrics.txt"
exec nginx -e stderr -c "$run/nginx.conf" "$@"
