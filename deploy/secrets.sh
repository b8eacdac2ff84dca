#!/bin/sh
# Draws what the containers of compose.yaml must keep to themselves: `make secrets`. What is there stays.
# The files are readable by one group, since compose lends them to containers as they are.
# With the word `rotate-credentials` it puts a new key of credentials in place and adds it to the public set.
# With the word `rotate-storage` it puts a new key first in disclosure.storage and records.storage, which programs take
# up as they run; a service's name after the word chooses one of them.
set -eu
umask 027

directory=${GOVAH_SECRETS_DIR:-var/compose/secrets}
group=${GOVAH_GROUP:-10001}

# draw NAME [COMMAND]: what the command prints, or 24 random bytes.
draw() {
    path=$directory/$1
    if [ -e "$path" ]; then
        return
    fi
    # Atomically: a truncated file would never be replaced.
    "${2:-random}" >"$path.part"
    chmod 640 "$path.part"
    mv "$path.part" "$path"
    echo "secrets: $path"
}

random() {
    head -c 24 /dev/urandom | base64 | tr '+/' '-_'
}

# id:key, as services/kit/storage/keys.py reads it.
storage_key() {
    echo "$(date -u +%Y%m%d)-$(head -c 3 /dev/urandom | od -An -tx1 | tr -d ' \n'):$(head -c 32 /dev/urandom | base64)"
}

ed25519_key() {
    openssl genpkey -algorithm ed25519
}

# A certificate by an authority whose key is thrown away: for trials, and it says so. Production puts its own
# signing.p12 and signing.password here before.
signing_test() {
    work=$(mktemp -d)
    openssl ecparam -name prime256v1 -genkey -noout -out "$work/authority.key"
    openssl ecparam -name prime256v1 -genkey -noout -out "$work/letters.key"
    openssl req -x509 -new -key "$work/authority.key" -days 3650 -utf8 -subj "/CN=Govah TEST authority – not valid" \
        -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" \
        -out "$work/authority.pem"
    openssl req -new -key "$work/letters.key" -utf8 -subj "/CN=Govah TEST letters – not valid" -out "$work/letters.csr"
    printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\n' >"$work/extensions"
    openssl x509 -req -in "$work/letters.csr" -CA "$work/authority.pem" -CAkey "$work/authority.key" -CAcreateserial \
        -days 3650 -extfile "$work/extensions" -out "$work/letters.pem" 2>/dev/null
    openssl pkcs12 -export -inkey "$work/letters.key" -in "$work/letters.pem" -certfile "$work/authority.pem" \
        -passout "file:$directory/signing.password"
    rm -r "$work"
}

# What anyone checks letters with: the signer's certificate and the public key of QR codes. Not the certificate
# of its authority, which would vouch for all that it has issued.
letter_trust() {
    if [ -n "${GOVAH_PUBLIC_URL:-}" ]; then
        echo "Public-URL: $GOVAH_PUBLIC_URL"
    fi
    echo "Purpose: letters"
    openssl pkcs12 -in "$directory/signing.p12" -passin "file:$directory/signing.password" -nokeys -clcerts |
        openssl x509
    openssl pkey -in "$directory/letter.key" -pubout
}

# The public half of credential.key, as govah_verify/key_set.py reads it. Its id is the thumbprint of RFC 7638. It may
# sign since a minute ago: the clock of the machine that signs may be behind this one's.
public_key() {
    x=$(openssl pkey -in "$directory/${1:-credential.key}" -pubout -outform DER | tail -c 32 | base64_url)
    kid=$(printf '{"crv":"Ed25519","kty":"OKP","x":"%s"}' "$x" | openssl dgst -sha256 -binary | base64_url)
    printf '{"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "%s", "x": "%s", "govah_from": %s}' \
        "$kid" "$x" "$(($(date -u +%s) - 60))"
}

key_set() {
    printf '{"keys": [%s]}\n' "$(public_key)"
}

base64_url() {
    base64 | tr '+/' '-_' | tr -d '=\n'
}

rotate_storage() {
    path=$directory/$1.storage
    if [ -e "$path.part" ]; then
        echo "secrets: $path.part holds all keys of a rotation that broke off; put it in the place of $path" >&2
        exit 1
    fi
    { storage_key && cat "$path"; } >"$path.part"
    sync "$path.part"
    # Into the very file that containers have bound: one renamed over it would not be seen in there.
    cat "$path.part" >"$path"
    sync "$path"
    rm "$path.part"
    echo "secrets: objects of $1 are sealed under $(head -n 1 "$path" | cut -d : -f 1) from now on"
}

# retire_keys FILE: the beginning of a set of public keys. Those in use sign for a minute more, for
# calls that are under way.
retire_keys() {
    tr -d '\r\n\t' <"$1" | tr '}' '\n' | sed 's/, *"govah_until": *null//' |
        sed -n "/\"kid\"/{/\"govah_until\"/!s/\$/, \"govah_until\": $(($(date -u +%s) + 60))/;s/\$/}/p;}" | tr -d '\n'
}

count() {
    grep -o "$1" | wc -l
}

# A new key signs from now on. The old one stays in the public set.
rotate_credentials() {
    set_file=$directory/govah-keys.json
    if [ -e "$set_file.part" ]; then
        echo "secrets: finishing a rotation that broke off"
    else
        retired=$(retire_keys "$set_file")
        ids=$(count '"kid"' <"$set_file")
        if [ "$ids" = 0 ] || [ "$(count '{' <"$set_file")" != "$(count '}' <"$set_file")" ] ||
            [ "$(echo "$retired" | count '"govah_until": *[0-9][0-9]*')" != "$ids" ]; then
            echo "secrets: $set_file cannot be read as a set of public keys; nothing was changed" >&2
            exit 1
        fi
        ed25519_key >"$directory/credential.key.new"
        new=$(public_key credential.key.new)
        printf '%s, %s]}\n' "$retired" "$new" >"$set_file.new"
        sync "$set_file.new" "$directory/credential.key.new"
        # From here on the same files are copied again if this breaks off.
        mv "$set_file.new" "$set_file.part"
    fi
    # Into the very files that containers have bound; the set first, so that no credential has an unknown key.
    cat "$set_file.part" >"$set_file"
    cat "$directory/credential.key.new" >"$directory/credential.key"
    sync "$set_file" "$directory/credential.key"
    rm "$set_file.part" "$directory/credential.key.new"
    echo "secrets: a new key signs credentials from now on; publish $set_file"
}

if [ "${1:-}" = rotate-credentials ]; then
    rotate_credentials
    exit
fi
if [ "${1:-}" = rotate-storage ]; then
    for service in ${2:-disclosure records}; do
        rotate_storage "$service"
    done
    exit
fi

mkdir -p "$directory" "$directory/../tls" "$directory/../acme"
for client in auth records disclosure inquiry pdfworker; do
    draw "$client.secret"
done
for name in postgres auth records disclosure inquiry; do
    draw "$name.database"
done
draw redis.password
draw grafana.password
draw auth.pepper
draw portal.cookies
draw disclosure.storage storage_key
draw records.storage storage_key
draw signing.password
draw signing.p12 signing_test
draw letter.key ed25519_key
draw letter-trust.pem letter_trust
draw credential.key ed25519_key
draw govah-keys.json key_set
# For the gateways that auth calls: put theirs here.
draw messages.token
draw mobile-ownership.token

if [ "$(id -u)" = 0 ]; then
    chgrp -R "$group" "$directory" "$directory/../tls" "$directory/../acme"
else
    echo "secrets: not root, so the files keep your group; set GOVAH_GROUP=$(id -g) for compose" >&2
fi
