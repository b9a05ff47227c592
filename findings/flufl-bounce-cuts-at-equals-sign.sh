#!/usr/bin/env bash
# A bounced address with an equals sign is cut there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: flufl.bounce (Debian 12, python3-flufl.bounce 4.0), which Mailman uses
Guess:    Final-Recipient holds a type and an address (RFC 3464, section 2.3.2); "=" is an ordinary character of
          a local part (RFC 5321, atext), and each address that a forwarder rewrites (SRS) or that is a VERP
          address has it.
Behavior: The field is read as a list of parameters. What stands behind "=" is lost with the domain, and the
          bounce belongs to no recipient.
FACTS

for package in python3-flufl.bounce=4.0; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

cat > try.py <<'FILE'
import email
from flufl.bounce import scan_message
for address in ("bob@b.test", "bob+tag@b.test", "list-bob=b.test@a.test", "SRS0=x1=7z=a.test=bob@b.test"):
    message = email.message_from_string(
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\nContent-Type: text/plain\n\nIt failed.\n"
        "--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; m.test\n\nFinal-Recipient: rfc822; %s\nAction: failed\n"
        "Status: 5.1.1\n\n--x--\n" % address)
    print(address, sorted(scan_message(message)))
FILE

seen=$(/usr/bin/python3 try.py)
expected=$(cat <<'EXPECTED'
bob@b.test [b'bob@b.test']
bob+tag@b.test [b'bob+tag@b.test']
list-bob=b.test@a.test [b'list-bob']
SRS0=x1=7z=a.test=bob@b.test [b'srs0']
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
