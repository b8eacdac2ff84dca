#!/bin/sh
# Draws what the containers of compose.yaml must keep to themselves: `make secrets`. What is there stays.
# The files are readable by one group, since compose lends them to containers as they are.
set -eu
umask 027

directory=${GOVAH_SECRETS_DIR:-var/compose/secrets}
group=${GOVAH_GROUP:-10001}

draw() {
    path=$directory/$1
    if [ -e "$path" ]; then
        return
    fi
    # Whole or not at all: a file cut short would be kept for ever.
    head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$path.part"
    chmod 640 "$path.part"
    mv "$path.part" "$path"
    echo "secrets: $path"
}

mkdir -p "$directory" "$directory/../tls"
for client in auth records disclosure inquiry pdfworker; do
    draw "$client.secret"
done
for name in postgres auth records disclosure inquiry; do
    draw "$name.database"
done
draw auth.pepper
# For the gateways that auth calls: put theirs here.
draw messages.token
draw mobile-ownership.token

if [ "$(id -u)" = 0 ]; then
    chgrp -R "$group" "$directory" "$directory/../tls"
else
    echo "secrets: not root, so the files keep your group; set GOVAH_GROUP=$(id -g) for compose" >&2
fi
