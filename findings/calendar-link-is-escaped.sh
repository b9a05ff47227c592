#!/usr/bin/env bash
# The link of a meeting in an invitation gets backslashes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: ical-generator 10.2.0, ical.js 2.2.1 (npm)
Guess:    URL has the type URI, which has no escapes (RFC 5545, section 3.3.13): https://x.test/a,b;c is
          written as it is.
Behavior: ical-generator escapes "," and ";" as in texts, and ical.js, which does not undo it, gives a link
          that leads elsewhere.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts ical-generator@10.2.0 ical.js@2.2.1 > npm.log 2>&1

cat > try.mjs <<'FILE'
import ical from "ical-generator";
import ICAL from "ical.js";
const made = ical();
made.createEvent({ id: "1", start: new Date(0), summary: "x", url: "https://x.test/a,b;c" });
const text = made.toString();
console.log("ical-generator: " + text.split("\r\n").find(l => l.startsWith("URL")));
console.log("ical.js reads it: " + new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vevent").getFirstPropertyValue("url"));
FILE

seen=$(node try.mjs)
expected=$(cat <<'EXPECTED'
ical-generator: URL;VALUE=URI:https://x.test/a\,b\;c
ical.js reads it: https://x.test/a\,b\;c
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
