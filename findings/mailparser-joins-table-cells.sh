#!/usr/bin/env bash
# The text that is made of an HTML message joins the words of all cells and rows of a table.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: mailparser 3.14.2, html-to-text 10.0.1 (npm)
Guess:    Cells are separated by a blank and rows by a line break; center, address, dt and dd are lines.
Behavior: All words of the table are one word, and so are the other elements. An order of two lines is
          "Tea4Biscuits2". A sender avoids it with a text part.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts mailparser@3.14.2 html-to-text@10.0.1 > npm.log 2>&1

cat > try.mjs <<'FILE'
import { simpleParser } from "mailparser";
import { convert } from "html-to-text";
const table = "<table><tr><td>Tea</td><td>4</td></tr><tr><td>Biscuits</td><td>2</td></tr></table>";
console.log("mailparser: " + JSON.stringify((await simpleParser(`Content-Type: text/html\r\n\r\n${table}`)).text));
console.log("html-to-text: " + JSON.stringify(convert(table)));
console.log("html-to-text: " + JSON.stringify(convert("<center>A</center><center>B</center><address>C</address><dl><dt>D<dd>E</dl>")));
FILE

seen=$(node try.mjs)
expected=$(cat <<'EXPECTED'
mailparser: "Tea4Biscuits2"
html-to-text: "Tea4Biscuits2"
html-to-text: "ABCDE"
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
