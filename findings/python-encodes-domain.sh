#!/usr/bin/env bash
# Python writes an internationalized domain of an address as an encoded word.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Python 3.11.2 email (Debian 12)
Guess:    The domain is written as xn--bcher-kva.test, or an error says that it is not ASCII (RFC 2047,
          section 5: no encoded word in an address).
Behavior: The domain has an encoded word in it. Python itself decodes it again, but other readers, and servers
          that use the field, see a domain that does not exist. A sender with Python encodes the domain first.
FACTS



cat > try.py <<'FILE'
import email
from email import policy
from email.message import EmailMessage
message = EmailMessage()
message["To"] = "Ann <ann@bücher.test>"
print(message.as_bytes().decode().strip())
print(email.message_from_bytes(message.as_bytes(), policy=policy.default)["To"].addresses[0].domain)
FILE

seen=$(/usr/bin/python3 try.py)
expected=$(cat <<'EXPECTED'
To: Ann <ann@=?utf-8?q?b=C3=BCcher?=.test>
bücher.test
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
