#!/usr/bin/env bash
# A quoted local part loses its quotes, and the address is not an address any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: postal-mime 4.0.0, mailparser 3.14.2 (npm)
Guess:    "John Doe"@b.test keeps its quotes (RFC 5321, section 4.1.2), with or without angle brackets.
Behavior: Without angle brackets postal-mime gives John Doe@b.test, to which no server delivers; in angle
          brackets, and in mailparser, the quotes stay.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts mailparser@3.14.2 postal-mime@4.0.0 > npm.log 2>&1

cat > try.mjs <<'FILE'
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";
for (const from of ["\"John Doe\"@b.test", "John <\"John Doe\"@b.test>"]) {
  const raw = `From: ${from}\r\n\r\nx`;
  console.log(`postal-mime: ${(await PostalMime.parse(raw)).from.address}`);
  console.log(`mailparser: ${(await simpleParser(raw)).from.value[0].address}`);
}
FILE

seen=$(node try.mjs)
expected=$(cat <<'EXPECTED'
postal-mime: John Doe@b.test
mailparser: "John Doe"@b.test
postal-mime: "John Doe"@b.test
mailparser: "John Doe"@b.test
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
