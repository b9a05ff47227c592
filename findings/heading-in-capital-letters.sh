#!/usr/bin/env bash
# A code in a heading has other letters in the text that is made of the HTML.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: @react-email/render 2.3.1, html-to-text 10.0.1, mailparser 3.14.2 (npm)
Guess:    The text that is made of <h1>aB3x-q9</h1>, a code that the recipient has to type, is aB3x-q9.
Behavior: Headings of all ranks are written in capital letters, "ß" as "SS": the code in the text
          is another one, and so are names. mailparser does so to every message without a text. What must
          not change belongs into a paragraph.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts @react-email/render@2.3.1 html-to-text@10.0.1 mailparser@3.14.2 \
    react@19.2.0 react-dom@19.2.0 > npm.log 2>&1

cat > try.mjs <<'FILE'
import { toPlainText } from "@react-email/render";
import { htmlToText } from "html-to-text";
import { simpleParser } from "mailparser";
const html = "<h1>aB3x-q9</h1><h3>Weißstraße</h3><table><tr><th>Gift: qT7-z</th></tr></table><p>aB3x-q9</p>";
const tell = (name, text) => console.log(`${name}: ${text.split(/\n+/).filter(line => line).join(" | ")}`);
tell("@react-email/render", toPlainText(html));
tell("html-to-text", htmlToText(html));
tell("mailparser", (await simpleParser(`MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html}`)).text);
FILE

seen=$(node try.mjs)
expected=$(cat <<'EXPECTED'
@react-email/render: AB3X-Q9 | WEISSSTRASSE | Gift: qT7-z | aB3x-q9
html-to-text: AB3X-Q9 | WEISSSTRASSE | Gift: qT7-z | aB3x-q9
mailparser: AB3X-Q9 | WEISSSTRASSE | Gift: qT7-z | aB3x-q9
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
