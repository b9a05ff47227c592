#!/usr/bin/env bash
# The text of a read receipt goes on with the message that was read, which is not an attachment.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: postal-mime 4.0.0, mailparser 3.14.2 (npm)
Guess:    The third part of each multipart/report is the returned message (RFC 6522, section 3): an attachment, as in
          a delivery report or a complaint, and the text is the human part alone.
Behavior: So it is in those two. In a read receipt (RFC 8098) and in a delivery report of RFC 6533 the returned message
          becomes part of the text, and its Message-ID is nowhere, which tells what the report is about. The option
          forceRfc822Attachments keeps it. mailparser attaches all four.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts postal-mime@4.0.0 mailparser@3.14.2 > npm.log 2>&1

cat > try.mjs <<'FILE'
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";
for (const [report, type] of [["delivery-status", "delivery-status"], ["feedback-report", "feedback-report"],
    ["disposition-notification", "disposition-notification"], ["delivery-status", "global-delivery-status"]]) {
  const raw = [
    "From: bob@b.test", "To: shop@a.test", "Subject: Report", "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type=${report}; boundary=x`, "",
    "--x", "Content-Type: text/plain", "", "A report.",
    "--x", `Content-Type: message/${type}`, "", "Reporting-MTA: dns; m.test", "",
    "--x", "Content-Type: message/rfc822", "", "From: shop@a.test", "Subject: Your order", "Message-ID: <1@a.test>", "", "Thank you.",
    "--x--", ""].join("\r\n");
  for (const [name, mail] of [["postal-mime", await PostalMime.parse(raw)], ["mailparser", await simpleParser(raw)]]) {
    const attached = mail.attachments.some(a => (a.contentType ?? a.mimeType) === "message/rfc822");
    console.log(`${name}, ${type}: returned message attached: ${attached}, in the text: ${mail.text.includes("Thank you.")}`);
  }
}
FILE

seen=$(node try.mjs)
expected=$(cat <<'EXPECTED'
postal-mime, delivery-status: returned message attached: true, in the text: false
mailparser, delivery-status: returned message attached: true, in the text: false
postal-mime, feedback-report: returned message attached: true, in the text: false
mailparser, feedback-report: returned message attached: true, in the text: false
postal-mime, disposition-notification: returned message attached: false, in the text: true
mailparser, disposition-notification: returned message attached: true, in the text: false
postal-mime, global-delivery-status: returned message attached: false, in the text: true
mailparser, global-delivery-status: returned message attached: true, in the text: false
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
