#!/usr/bin/env bash
# A subject begins with a blank that nobody wrote.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Python 3.11.2, email package (Debian 12)
Guess:    A field that is folded directly behind its name (RFC 5322, section 2.2.3) has the value of an
          unfolded one: addresses and texts alike lose the blank of the fold.
Behavior: Addresses do. A subject keeps it, so that it does not equal that of the message, and no filter
          that compares the beginning matches. Writers fold there if the first word is long.
FACTS

for package in python3.11=3.11.2; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
cat > try.py <<'FILE'
import email
import email.policy
message = email.message_from_string('Subject:\n Invoice\nTo:\n ann@b.test\n\nx', policy=email.policy.default)
print([str(message['Subject']), str(message['To'])])
FILE

seen=$(/usr/bin/python3 try.py)
expected=$(cat <<'EXPECTED'
[' Invoice', 'ann@b.test']
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
