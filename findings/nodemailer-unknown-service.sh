#!/usr/bin/env bash
# A service that is not known becomes this machine.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: nodemailer 10.6.1 (npm)
Guess:    { service: "SES-EU-SOUTH-1" } is a region of Amazon SES as SES-EU-WEST-1 is. If the package did not know
          it, createTransport or the send would say so.
Behavior: Of Amazon's regions some are known. For another one, as for a misspelled name, the option is ignored,
          and the email goes to port 587 of this machine. The error is that of a refused connection, and where a
          mail server runs there, none.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts nodemailer@10.6.1 > npm.log 2>&1

cat > try.cjs <<'FILE'
const nodemailer = require("nodemailer");
const transport = service => nodemailer.createTransport({ service, auth: { user: "user", pass: "password" } });
for (const service of ["SES-EU-WEST-1", "SES-EU-SOUTH-1"])
  console.log(`${service}: ${transport(service).transporter.options.host}`);
transport("SES-EU-SOUTH-1").sendMail({ from: "a@b.test", to: "b@b.test", text: "x" })
  .then(() => console.log("sent"), error => console.log(`${error.address}:${error.port}`));
FILE

seen=$(node try.cjs)
expected=$(cat <<'EXPECTED'
SES-EU-WEST-1: email-smtp.eu-west-1.amazonaws.com
SES-EU-SOUTH-1: undefined
127.0.0.1:587
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
