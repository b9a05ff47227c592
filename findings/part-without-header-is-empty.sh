#!/usr/bin/env bash
# The example of RFC 2046 loses its first text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: libemail-mime-perl 1.953, mblaze 1.1 (Debian 12)
Guess:    A part may have no header fields at all, and is text in US-ASCII then (RFC 2046, section 5.1):
          the example there is read with both of its texts.
Behavior: The first part is empty for both readers, and its text is lost. A writer that leaves out what
          is the default anyway loses its text there.
FACTS

for package in libemail-mime-perl=1.953 mblaze=1.1; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
cat > try.eml <<'FILE'
From: Ann <ann@b.test>
To: Bob <bob@b.test>
Subject: Sample message
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="simple boundary"

--simple boundary

This is implicitly typed plain US-ASCII text.
--simple boundary
Content-Type: text/plain; charset=us-ascii

This is explicitly typed.
--simple boundary--
FILE
cat > try.pl <<'FILE'
use Email::MIME;
local $/;
print 'Email::MIME: [', join('] [', map { $_->body } Email::MIME->new(<STDIN>)->subparts), "]\n";
FILE

seen=$(perl try.pl < try.eml; echo "mblaze: [$(mshow -O ./try.eml 2)] [$(mshow -O ./try.eml 3)]")
expected=$(cat <<'EXPECTED'
Email::MIME: [] [This is explicitly typed.]
mblaze: [] [This is explicitly typed.]
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
