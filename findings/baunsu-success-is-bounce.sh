#!/usr/bin/env bash
# A report of success is a bounce, and a soft one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: baunsu 0.2.3 (npm)
Guess:    A report whose action is "delivered" or "relayed" (RFC 3464, section 2.3.3), as one gets for
          NOTIFY=SUCCESS, is no bounce; failed after a temporary error is final.
Behavior: Each report is a bounce, and what has the class 2 is a soft one: an application that counts soft bounces
          gives up an address because its email arrived. A failure after 4.4.7 is soft as well. Only the
          action of the result tells them apart.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts baunsu@0.2.3 > npm.log 2>&1

cat > try.cjs <<'FILE'
const Baunsu = require("baunsu");
for (const [action, status] of [["failed", "5.1.1"], ["failed", "4.4.7"], ["delayed", "4.4.1"],
    ["delivered", "2.0.0"], ["relayed", "2.0.0"]]) {
  const result = new Baunsu().detectSync([
    "From: MAILER-DAEMON@m.test", "To: shop@a.test", "Subject: Delivery report", "MIME-Version: 1.0",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=x", "",
    "--x", "Content-Type: text/plain", "", "See below.",
    "--x", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; m.test", "", "Final-Recipient: rfc822; bob@b.test",
    `Action: ${action}`, `Status: ${status}`, "Remote-MTA: dns; mx.b.test", "",
    "--x", "Content-Type: text/rfc822-headers", "", "Subject: original", "--x--", ""].join("\r\n"));
  console.log(`${action} ${status}: bounced ${result.bounced}, hard ${result.isHard()}, soft ${result.isSoft()}, action ${result.action}`);
}
FILE

seen=$(node try.cjs)
expected=$(cat <<'EXPECTED'
failed 5.1.1: bounced true, hard true, soft false, action failed
failed 4.4.7: bounced true, hard false, soft true, action failed
delayed 4.4.1: bounced true, hard false, soft true, action delayed
delivered 2.0.0: bounced true, hard false, soft true, action delivered
relayed 2.0.0: bounced true, hard false, soft true, action relayed
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
