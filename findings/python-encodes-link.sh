#!/usr/bin/env bash
# Python writes a long link in List-Unsubscribe as encoded words, and a reader finds no link in it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Python 3.11.2 email (Debian 12), mailparser 3.14.2 (npm)
Guess:    A field that is not text is folded at blanks alone (RFC 2047, section 5, rule 3), so that readers
          find the link.
Behavior: A link that does not fit into 78 characters becomes an encoded word, and so does a long id in
          References. mailparser decodes References, but not this field: it has no link to unsubscribe. A
          sender with Python uses a policy with max_line_length=998.
FACTS

for package in python3.11=3.11.2; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
npm install --silent --no-audit --no-fund --ignore-scripts mailparser@3.14.2 > npm.log 2>&1

cat > try.py <<'FILE'
from email import policy
from email.message import EmailMessage
for name, rules in (("default", policy.default), ("long", policy.default.clone(max_line_length=998))):
    message = EmailMessage(policy=rules)
    message["List-Unsubscribe"] = "<https://x.test/u?%s>" % ("a" * 70)
    message.set_content("x")
    open(name + ".eml", "wb").write(message.as_bytes())
    print(name + ": encoded words:", b"=?utf-8?q?" in message.as_bytes())
FILE

cat > try.mjs <<'FILE'
import { simpleParser } from "mailparser";
import fs from "fs";
for (const name of ["default", "long"]) {
  const list = (await simpleParser(fs.readFileSync(name + ".eml"))).headers.get("list");
  console.log(`${name}: link in mailparser: ${list?.unsubscribe?.url === "https://x.test/u?" + "a".repeat(70)}`);
}
FILE

seen=$(/usr/bin/python3 try.py; node try.mjs)
expected=$(cat <<'EXPECTED'
default: encoded words: True
long: encoded words: False
default: link in mailparser: false
long: link in mailparser: true
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
