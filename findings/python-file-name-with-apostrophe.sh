#!/usr/bin/env bash
# A file whose name has an apostrophe has no name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Python 3.11.2, email package (Debian 12)
Guess:    An apostrophe is a character of a token (RFC 2045, section 5.1), so filename=ann's.pdf names
          the file.
Behavior: With the policy that the documentation recommends the name is None: the parser takes each
          value as one of RFC 2231, where apostrophes separate charset and language. The older policy,
          and a quoted string, give the name.
FACTS

for package in python3.11=3.11.2; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
cat > try.py <<'FILE'
import email
import email.policy
for value in ("ann's.pdf", '"ann\'s.pdf"'):
    raw = f'Content-Type: application/pdf\nContent-Disposition: attachment; filename={value}\n\nx'
    print(value, email.message_from_string(raw, policy=email.policy.default).get_filename(), email.message_from_string(raw).get_filename())
FILE

seen=$(/usr/bin/python3 try.py)
expected=$(cat <<'EXPECTED'
ann's.pdf None ann's.pdf
"ann's.pdf" ann's.pdf ann's.pdf
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
