#!/usr/bin/env bash
# An attached text has other octets, by its transfer encoding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: postal-mime 4.0.0, mailparser 3.14.2 (npm)
Guess:    The content of an attachment is what was attached: a file with the name a.csv and the content
          "1,2" and a line break of CRLF.
Behavior: postal-mime gives these octets if they were sent in base64. In 7bit and quoted-printable it
          gives LF for CRLF, and another LF at the end where there was none, so the hash of a file
          depends on the way it came. mailparser gives the octets in each encoding.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts postal-mime@4.0.0 mailparser@3.14.2 > npm.log 2>&1
cat > try.mjs <<'FILE'
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";
for (const [encoding, body] of [["base64", "MSwyDQozLDQ="], ["7bit", "1,2\r\n3,4"], ["quoted-printable", "1,2\r\n3,4"]]) {
  const raw = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/csv\r\n"
    + `Content-Disposition: attachment; filename=a.csv\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}\r\n--b--\r\n`;
  const shown = content => JSON.stringify(Buffer.from(content).toString());
  const a = (await PostalMime.parse(raw)).attachments[0], b = (await simpleParser(raw)).attachments[0];
  console.log(`${encoding}: postal-mime ${shown(a.content)}, mailparser ${shown(b.content)}`);
}
FILE

seen=$(node try.mjs)
expected=$(cat <<'EXPECTED'
base64: postal-mime "1,2\r\n3,4", mailparser "1,2\r\n3,4"
7bit: postal-mime "1,2\n3,4\n", mailparser "1,2\r\n3,4"
quoted-printable: postal-mime "1,2\n3,4\n", mailparser "1,2\r\n3,4"
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
