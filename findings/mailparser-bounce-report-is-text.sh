#!/usr/bin/env bash
# The machine-readable part of a bounce is appended to the text, and is not among the attachments.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: mailparser 3.14.2, postal-mime 4.0.0 (npm)
Guess:    message/delivery-status (RFC 3464) is an attachment with that type, and the text is the human part
          alone.
Behavior: mailparser appends the fields of the report to the text, with the text/plain part, and lists only
          text/rfc822-headers; code that looks for the part finds none. postal-mime lists it.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts mailparser@3.14.2 postal-mime@4.0.0 > npm.log 2>&1

cat > try.mjs <<'FILE'
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";
const raw = [
  "MIME-Version: 1.0", "Content-Type: multipart/report; report-type=delivery-status; boundary=x", "",
  "--x", "Content-Type: text/plain", "", "It could not be delivered.",
  "--x", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; m.test", "", "Final-Recipient: rfc822; a@b.test", "Action: failed",
  "Status: 5.1.1", "",
  "--x", "Content-Type: text/rfc822-headers", "", "Subject: original", "--x--", ""].join("\r\n");
for (const [name, read] of [["mailparser", await simpleParser(raw)], ["postal-mime", await PostalMime.parse(raw)]]) {
  console.log(`${name}: ${JSON.stringify(read.text)}`);
  console.log(`${name}: ${read.attachments.map(a => a.contentType ?? a.mimeType)}`);
}
FILE

seen=$(node try.mjs)
expected=$(cat <<'EXPECTED'
mailparser: "It could not be delivered.\nReporting-MTA: dns; m.test\n\nFinal-Recipient: rfc822; a@b.test\nAction: failed\nStatus: 5.1.1\n"
mailparser: text/rfc822-headers
postal-mime: "It could not be delivered.\n"
postal-mime: message/delivery-status,text/rfc822-headers
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
