#!/usr/bin/env bash
# A link to unsubscribe that has an "@" is an email address, and one with a comment has another name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: mailparser 3.14.2 (npm)
Guess:    A mailto link is given as "mail" and another one as "url"; a comment changes nothing, and of two links
          the first is the one that the sender prefers (RFC 2369, section 2).
Behavior: A link with "@", as for an address in its query, is in "mail", so that a program writes an email to it.
          A link with a comment is in "id". Of two links the last is left.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts mailparser@3.14.2 > npm.log 2>&1

cat > try.cjs <<'FILE'
const { simpleParser } = require("mailparser");
(async () => {
  for (const value of ["<mailto:leave@a.test>, <https://a.test/u>",
      "<https://a.test/u?who=bob%40b.test>", "<https://a.test/u?who=bob@b.test>",
      "<https://a.test/u> (in the browser)", "<https://a.test/first>, <https://a.test/second>"]) {
    const mail = await simpleParser(`From: shop@a.test\r\nList-Unsubscribe: ${value}\r\n\r\nx`);
    console.log(`${value}: ${JSON.stringify(mail.headers.get("list").unsubscribe)}`);
  }
})();
FILE

seen=$(node try.cjs)
expected=$(cat <<'EXPECTED'
<mailto:leave@a.test>, <https://a.test/u>: {"mail":"leave@a.test","url":"https://a.test/u"}
<https://a.test/u?who=bob%40b.test>: {"url":"https://a.test/u?who=bob%40b.test"}
<https://a.test/u?who=bob@b.test>: {"mail":"https://a.test/u?who=bob@b.test"}
<https://a.test/u> (in the browser): {"name":"in the browser","id":"https://a.test/u"}
<https://a.test/first>, <https://a.test/second>: {"url":"https://a.test/second"}
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
