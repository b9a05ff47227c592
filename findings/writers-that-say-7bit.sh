#!/usr/bin/env bash
# Two writers of MIME declare 7bit for UTF-8 text and for a line of 1,200 characters.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: mimetext 3.0.28, emailjs 5.0.3 (npm)
Guess:    Text that is not ASCII, or has lines over 998 characters, is written as quoted-printable or base64
          (RFC 2045, section 6.2).
Behavior: Both write the bytes of the text and call them 7bit. A relay without 8BITMIME, or one that wraps
          long lines, changes the text and breaks a DKIM signature; mimetext writes the subject as one encoded
          word of more than 75 characters, too.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts mimetext@3.0.28 emailjs@5.0.3 > npm.log 2>&1

cat > try.mjs <<'FILE'
import { createMimeMessage } from "mimetext";
import { Message } from "emailjs";
const subject = "Grüße aus München ".repeat(4).trim();
const text = "Grüße\n" + "x".repeat(1200);
const made = createMimeMessage();
made.setSender("a@b.test");
made.setRecipient("c@d.test");
made.setSubject(subject);
made.addMessage({ contentType: "text/plain", data: text });
for (const [name, raw] of [["mimetext", made.asRaw()],
  ["emailjs", await new Message({ from: "a@b.test", to: "c@d.test", subject, text }).readAsync()]]) {
  const body = raw.slice(raw.search(/\r?\n\r?\n/));
  console.log(`${name}: ${/Content-Transfer-Encoding: (\S+)/i.exec(raw)[1]}; not ASCII: ${/[^\x00-\x7f]/.test(body)}; `
    + `longest line: ${Math.max(...body.split(/\r?\n/).map(l => l.length))}; `
    + `longest encoded word: ${Math.max(...raw.match(/=\?\S+\?=/g).map(w => w.length))}`);
}
FILE

seen=$(node try.mjs)
expected=$(cat <<'EXPECTED'
mimetext: 7bit; not ASCII: true; longest line: 1200; longest encoded word: 124
emailjs: 7bit; not ASCII: true; longest line: 1200; longest encoded word: 64
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
