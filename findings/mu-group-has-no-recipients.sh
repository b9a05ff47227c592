#!/usr/bin/env bash
# A message to a group is a message to nobody.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: maildir-utils 1.8.14, python3 email 3.11.2 (Debian 12)
Guess:    The members of a group (RFC 5322, section 3.4) are recipients: a search for one of them finds
          the message.
Behavior: mu sees no recipient, and a search for a member finds nothing; only the sender finds it.
          Python lists both members.
FACTS

for package in maildir-utils=1.8.14; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
cat > try.sh <<'FILE'
mkdir -p mail/cur mail/new mail/tmp
printf 'From: me@a.test\nTo: Friends: Ann <ann@b.test>, Zoe <zoe@b.test>;\nSubject: x\nMessage-ID: <1@a.test>\nDate: Mon, 2 Nov 2026 10:00:00 +0000\n\nx\n' > mail/cur/1:2,S
export HOME=$PWD MU_HOME=$PWD/mu
mu init --muhome="$PWD/mu" --maildir="$PWD/mail" > /dev/null 2>&1
mu index --muhome="$PWD/mu" > /dev/null 2>&1
echo "to ann: $(mu find --muhome="$PWD/mu" to:ann@b.test -f s 2> /dev/null)"
echo "from me: $(mu find --muhome="$PWD/mu" from:me@a.test -f s 2> /dev/null)"
mu view "$PWD/mail/cur/1:2,S" | grep '^To' || echo "no To in the view"
FILE

seen=$(bash try.sh)
expected=$(cat <<'EXPECTED'
to ann: 
from me: x
no To in the view
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
