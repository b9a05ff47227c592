#!/usr/bin/env bash
# An attached message has no file name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: notmuch 0.37, maildir-utils 1.8.14 (Debian 12)
Guess:    The parameter filename names any part (RFC 2183, section 2.3): an attached message is listed
          with it, as an attached picture is.
Behavior: Both list the message without its name, and save it under a made-up one. A forwarded message
          that a person named "offer of May.eml" cannot be found by that name.
FACTS

for package in notmuch=0.37 maildir-utils=1.8.14; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
cat > try.sh <<'FILE'
mkdir -p mail/cur mail/new mail/tmp
printf 'From: a@b.test\nTo: b@b.test\nSubject: x\nMessage-ID: <1@b.test>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nHello\n--b\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename="offer.eml"\n\nSubject: inner\nFrom: c@b.test\n\nInner\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="logo.png"\n\nAAAA\n--b--\n' > mail/cur/1:2,S
printf '[database]\npath=%s\n[user]\nname=x\nprimary_email=x@b.test\n' "$PWD/mail" > config
export NOTMUCH_CONFIG=$PWD/config HOME=$PWD
notmuch new > /dev/null 2>&1
echo "notmuch: $(notmuch show --format=json '*' | grep -o '"filename": "[^"]*"' | tr '\n' ' ')"
echo "notmuch, search for the name: $(notmuch count attachment:offer) and $(notmuch count attachment:logo)"
mu extract "$PWD/mail/cur/1:2,S" | grep attachment
FILE

seen=$(bash try.sh)
expected=$(cat <<'EXPECTED'
notmuch: "filename": "logo.png" 
notmuch, search for the name: 0 and 1
  3 logo.png image/png [attachment] (4 bytes)
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
