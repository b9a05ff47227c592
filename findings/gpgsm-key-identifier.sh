#!/usr/bin/env bash
# S/MIME whose signer or recipient is named by key identifier cannot be read by GnuPG.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: gpgsm 2.2.40, OpenSSL 3.0 (Debian 12)
Guess:    Both ways to name a certificate are read, by issuer and serial number and by subject key identifier:
          RFC 5652 defines both, and RFC 8551 requires receivers to support both.
Behavior: gpgsm verifies and decrypts the first form alone: it cannot parse a signature of the second one, and
          finds no key for its recipient. A sender uses issuer and serial number, which is the default of
          OpenSSL and .NET.
FACTS

openssl req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.crt -days 30 -subj "/CN=rsa" -addext "subjectAltName=email:a@a.test" \
    -addext "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign" 2> openssl.log
openssl pkcs12 -export -legacy -in rsa.crt -inkey rsa.key -out rsa.p12 -passout pass:x
printf 'Content-Type: text/plain\r\n\r\nHello\r\n' > body
for package in gpgsm=2.2.40; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
export GNUPGHOME=$folder/gnupg
mkdir -m 700 gnupg
trap 'gpgconf --kill gpg-agent || true; rm -rf "$folder"' EXIT
echo disable-crl-checks > gnupg/gpgsm.conf
echo allow-loopback-pinentry > gnupg/gpg-agent.conf
echo "$(openssl x509 -in rsa.crt -noout -fingerprint -sha1 | cut -d= -f2) S relax" > gnupg/trustlist.txt
echo x | gpgsm --batch --pinentry-mode loopback --passphrase-fd 0 --import rsa.p12 2> import.log

cat > try.sh <<'FILE'
for form in "" -keyid; do
    openssl cms -sign -in body -binary -nodetach -signer rsa.crt -inkey rsa.key $form -outform DER -out signed.p7m
    openssl cms -encrypt -aes256 -in body -binary $form -outform DER -out encrypted.p7m rsa.crt
    gpgsm --batch --verify signed.p7m > verify.log 2>&1 && echo "signed ${form:-by issuer}: read" || echo "signed ${form:-by issuer}: not read"
    echo x | gpgsm --batch --pinentry-mode loopback --passphrase-fd 0 --decrypt encrypted.p7m > text 2> decrypt.log || true
    cmp -s text body && echo "encrypted ${form:-by issuer}: read" || echo "encrypted ${form:-by issuer}: not read"
done
FILE

seen=$(bash try.sh)
expected=$(cat <<'EXPECTED'
signed by issuer: read
encrypted by issuer: read
signed -keyid: not read
encrypted -keyid: not read
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
