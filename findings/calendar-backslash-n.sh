#!/usr/bin/env bash
# A backslash before an "n" in an invitation becomes a line break.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: node-ical 0.26.1, ical.js 2.2.1 (npm)
Guess:    LOCATION:\\\\server\\news (RFC 5545, section 3.3.11) is \\server\news.
Behavior: node-ical undoes the escape of the line break before that of the backslash: a path with a folder
          that begins with n is torn apart. ical.js reads it right.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts node-ical@0.26.1 ical.js@2.2.1 > npm.log 2>&1

cat > try.mjs <<'FILE'
import nodeIcal from "node-ical";
import ICAL from "ical.js";
const calendar = (event, more = "") => ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", ...more.split("|").filter(x => x), "BEGIN:VEVENT", "UID:1",
  "DTSTAMP:20261129T100000Z", ...event.split("|"), "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
const events = text => Object.values(nodeIcal.sync.parseICS(text)).filter(e => e.type === "VEVENT");
const component = text => new ICAL.Component(ICAL.parse(text));
const text = calendar(String.raw`DTSTART:20261129T100000Z|LOCATION:\\\\server\\news`);
console.log("node-ical: " + JSON.stringify(events(text)[0].location));
console.log("ical.js: " + JSON.stringify(component(text).getFirstSubcomponent("vevent").getFirstPropertyValue("location")));
FILE

seen=$(node try.mjs)
expected=$(cat <<'EXPECTED'
node-ical: "\\\\server\\\news"
ical.js: "\\\\server\\news"
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
