#!/usr/bin/env bash
# Quoted lines of format=flowed keep their quote mark in the middle of the joined line.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: mailparser 3.14.2, postal-mime 4.0.0 (npm)
Guess:    The marks of the second line are removed before it is joined (RFC 3676, section 4.5): "> one two".
Behavior: postal-mime gives "> one > two": the reader of a reply sees marks within sentences. mailparser joins
          them.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts mailparser@3.14.2 postal-mime@4.0.0 > npm.log 2>&1

cat > try.mjs <<'FILE'
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";
const raw = "MIME-Version: 1.0\r\nContent-Type: text/plain; format=flowed\r\n\r\n> one \r\n> two\r\n>> three \r\n>> four\r\n";
console.log("mailparser: " + JSON.stringify((await simpleParser(raw)).text.trim()));
console.log("postal-mime: " + JSON.stringify((await PostalMime.parse(raw)).text.trim()));
FILE

seen=$(node try.mjs)
expected=$(cat <<'EXPECTED'
mailparser: "> one two\n>> three four"
postal-mime: "> one > two\n>> three >> four"
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
