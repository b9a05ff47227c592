#!/usr/bin/env bash
# The members of a group are lost, and the message goes to "undefined".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: emailjs 5.0.3, nodemailer 10.6.1 (npm)
Guess:    "Team: e@f.test, g@h.test;" is a list of two addresses (RFC 5322, section 3.4).
Behavior: emailjs writes the name of the group with the address "undefined"; nodemailer keeps the group.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts emailjs@5.0.3 nodemailer@10.6.1 > npm.log 2>&1

cat > try.mjs <<'FILE'
import { Message } from "emailjs";
import nodemailer from "nodemailer";
const email = { from: "a@b.test", to: "Team: e@f.test, g@h.test;", subject: "x", text: "x" };
const field = raw => /^To:.*/m.exec(raw)[0].trim();
console.log("emailjs: " + field(await new Message(email).readAsync()));
const sent = await nodemailer.createTransport({ streamTransport: true, buffer: true }).sendMail(email);
console.log("nodemailer: " + field(sent.message.toString()) + " => " + sent.envelope.to);
FILE

seen=$(node try.mjs)
expected=$(cat <<'EXPECTED'
emailjs: To: =?UTF-8?Q?Team?= <undefined>
nodemailer: To: Team:e@f.test, g@h.test; => e@f.test,g@h.test
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
