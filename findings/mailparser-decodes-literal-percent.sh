#!/usr/bin/env bash
# A section of a file name that is not encoded is decoded all the same.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: mailparser 3.14.2, postal-mime 4.0.0 (npm)
Guess:    Only sections whose name ends with "*" are decoded (RFC 2231, section 4.1): " 5%41.pdf" stays.
Behavior: mailparser decodes the percent sign of the literal section, so the file gets another name; postal-
          mime leaves it.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts mailparser@3.14.2 postal-mime@4.0.0 > npm.log 2>&1

cat > try.mjs <<'FILE'
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";
const raw = "MIME-Version: 1.0\r\nContent-Type: application/pdf\r\n"
  + "Content-Disposition: attachment; filename*0*=utf-8''R%C3%A9sum%C3%A9; filename*1=\" 5%41.pdf\"\r\n\r\nx";
console.log("mailparser: " + (await simpleParser(raw)).attachments[0].filename);
console.log("postal-mime: " + (await PostalMime.parse(raw)).attachments[0].filename);
FILE

seen=$(node try.mjs)
expected=$(cat <<'EXPECTED'
mailparser: Résumé 5A.pdf
postal-mime: Résumé 5%41.pdf
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
