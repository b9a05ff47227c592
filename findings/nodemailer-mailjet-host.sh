#!/usr/bin/env bash
# The preset of Mailjet is a host that refuses the keys of newer accounts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: nodemailer 10.6.1 (npm)
Guess:    { service: "Mailjet" } is the host that Mailjet's own library and documents name: in-v3.mailjet.com.
Behavior: It is in.mailjet.com. When Mailjet's library still had that host, it refused the keys of newer accounts
          (mailjet/mailjet-gem, pull request 11, 2014).
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts nodemailer@10.6.1 > npm.log 2>&1
cat > try.cjs <<'FILE'
console.log(`nodemailer: ${require("nodemailer/lib/well-known")("Mailjet").host}`);
FILE

seen=$(node try.cjs)
expected="nodemailer: in.mailjet.com"
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
