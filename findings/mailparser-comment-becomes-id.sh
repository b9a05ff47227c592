#!/usr/bin/env bash
# A comment in References or In-Reply-To becomes part of a message id.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: mailparser 3.14.2 (npm)
Guess:    Ids without a blank between them are two ids, and a comment (RFC 5322, section 3.2.2) is none.
Behavior: Two adjacent ids are one, the comment is an id in angle brackets of its own, and the comment of In-
          Reply-To stays behind the id with an added ">". A reply that is threaded by these values finds no
          parent.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts mailparser@3.14.2 > npm.log 2>&1

cat > try.mjs <<'FILE'
import { simpleParser } from "mailparser";
const message = await simpleParser(
  "References: <a@b.test><c@d.test> (x)\r\n\t<e@f.test>\r\nIn-Reply-To: <a@b.test> (Bob's message)\r\n\r\nx");
console.log(JSON.stringify(message.references));
console.log(JSON.stringify(message.inReplyTo));
FILE

seen=$(node try.mjs)
expected=$(cat <<'EXPECTED'
["<a@b.test><c@d.test>","<(x)>","<e@f.test>"]
"<a@b.test> (Bob's message)>"
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
