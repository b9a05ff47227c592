#!/usr/bin/env bash
# A bounce of an internationalized address is not recognized as one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: flufl.bounce (Debian 12, python3-flufl.bounce 4.0), which Mailman uses
Guess:    message/global-delivery-status (RFC 6533) is read like message/delivery-status.
Behavior: The same report gives the address with the old type and nothing with the new one: the mailing list
          goes on sending to it.
FACTS

for package in python3-flufl.bounce=4.0; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

cat > try.py <<'FILE'
import email
from flufl.bounce import scan_message
for kind, address in (("delivery-status", "rfc822; j@b.test"), ("global-delivery-status", "utf-8; j@b.test")):
    message = email.message_from_string(
        "Content-Type: multipart/report; report-type=%s; boundary=x\n\n--x\nContent-Type: text/plain\n\nIt failed.\n"
        "--x\nContent-Type: message/%s\n\nReporting-MTA: dns; m.test\n\nFinal-Recipient: %s\nAction: failed\nStatus: 5.1.1\n\n--x--\n"
        % (kind, kind, address))
    print(kind, sorted(scan_message(message)))
FILE

seen=$(/usr/bin/python3 try.py)
expected=$(cat <<'EXPECTED'
delivery-status [b'j@b.test']
global-delivery-status []
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
