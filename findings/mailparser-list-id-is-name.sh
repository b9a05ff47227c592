#!/usr/bin/env bash
# A List-Id without a description has a name and no id.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: mailparser 3.14.2 (npm)
Guess:    The identifier stands in angle brackets, and the description before it may be missing (RFC 2919,
          section 2): the id is the same with and without one.
Behavior: Without a description the identifier is the name, and there is no id. An encoded description stays encoded.
          A maintainer names that path as the one to the id (https://github.com/nodemailer/nodemailer/issues/1739);
          it is the description as soon as the list has one.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts mailparser@3.14.2 > npm.log 2>&1

cat > try.cjs <<'FILE'
const { simpleParser } = require("mailparser");
(async () => {
  for (const value of ["Our news <news.a.test>", "<news.a.test>", "\"\" <news.a.test>", "=?utf-8?q?F=C3=BCr_alle?= <news.a.test>"]) {
    const mail = await simpleParser(`From: shop@a.test\r\nList-Id: ${value}\r\n\r\nx`);
    console.log(`${value}: ${JSON.stringify(mail.headers.get("list").id)}`);
  }
})();
FILE

seen=$(node try.cjs)
expected=$(cat <<'EXPECTED'
Our news <news.a.test>: {"name":"Our news","id":"news.a.test"}
<news.a.test>: {"name":"news.a.test"}
"" <news.a.test>: {"name":"news.a.test"}
=?utf-8?q?F=C3=BCr_alle?= <news.a.test>: {"name":"=?utf-8?q?F=C3=BCr_alle?=","id":"news.a.test"}
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
