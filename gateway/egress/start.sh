#!/bin/sh
# Writes the allow-list from EGRESS_ALLOW and becomes Apache httpd with the given arguments: `start.sh -t` only checks.
# EGRESS_ALLOW holds URLs, of which host and port are allowed, and entries host or host:port (443), with spaces between.
set -eu

egress=$(cd "$(dirname "$0")" && pwd)
run=${EGRESS_RUN_DIR:-/tmp/egress}
modules=${EGRESS_MODULES:-/usr/lib/apache2/modules}

refuse() {
    echo "egress: $*" >&2
    exit 1
}

mkdir -p "$run"
: >"$run/allowed.conf"
ports=443
set -f
for entry in ${EGRESS_ALLOW:-}; do
    case $entry in
        https://*) port=443 ;;
        http://*) port=80 ;;
        *://*) refuse 'an address in EGRESS_ALLOW is neither http:// nor https://' ;;
        *) port=443 ;;
    esac
    # Not the path, query and user of an address: they may hold secrets.
    authority=${entry#*://}
    authority=${authority%%[/?#]*}
    authority=${authority##*@}
    case $authority in
        '' | *[!A-Za-z0-9_.:[\]-]*) refuse 'an entry of EGRESS_ALLOW is neither a URL nor host:port' ;;
        \[*\]) host=$authority ;;
        \[*\]:* | *:*) host=${authority%:*} port=${authority##*:} ;;
        *) host=$authority ;;
    esac
    case $port in
        '' | *[!0-9]*) refuse 'a port in EGRESS_ALLOW is not a number' ;;
    esac
    ports="$ports $port"
    pattern=$(printf %s "$host" | sed 's/[].[]/\\&/g')
    optional=
    [ "$port" != 80 ] || optional='?'
    # CONNECT names host:port; plain HTTP names the whole address.
    printf '<ProxyMatch "(?i)^(%s:%s$|http://%s(:%s)%s(/|$))">\n    Require all granted\n</ProxyMatch>\n' \
        "$pattern" "$port" "$pattern" "$port" "$optional" >>"$run/allowed.conf"
done
sed -e "s|@RUN@|$run|g;s|@LISTEN@|${EGRESS_LISTEN:-3128}|;s|@MODULES@|$modules|g;s|@PORTS@|$ports|" \
    "$egress/httpd.conf" >"$run/httpd.conf"
exec apache2 -f "$run/httpd.conf" -DFOREGROUND "$@"
