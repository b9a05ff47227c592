#!/usr/bin/env bash
# A file that is shown in the message is not a file any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: mailparser 3.14.2, postal-mime 4.0.0 (npm)
Guess:    A part with a file name is among the attachments, whatever its disposition says about showing
          it (RFC 2183, section 2): an image with "inline" is.
Behavior: A text file with "inline; filename=notes.txt" is appended to the text. It is not among the
          attachments, its name is nowhere, and its octets cannot be had.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts postal-mime@4.0.0 mailparser@3.14.2 > npm.log 2>&1
cat > try.mjs <<'FILE'
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";
const part = (type, name) => `--b\r\nContent-Type: ${type}\r\nContent-Disposition: inline; filename=${name}\r\n\r\n${name}\r\n`;
const raw = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n"
  + part("image/png", "logo.png") + part("text/plain", "notes.txt") + "--b--\r\n";
for (const [reader, mail] of [["mailparser", await simpleParser(raw)], ["postal-mime", await PostalMime.parse(raw)]])
  console.log(`${reader}: ${JSON.stringify(mail.text)} ${mail.attachments.map(a => a.filename)}`);
FILE

seen=$(node try.mjs)
expected=$(cat <<'EXPECTED'
mailparser: "Hello\nnotes.txt" logo.png
postal-mime: "Hello\n\nnotes.txt\n" logo.png
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
