#!/usr/bin/env bash
# An invitation with a time zone of its own is read with the hour of another zone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: node-ical 0.26.1, ical.js 2.2.1 (npm)
Guess:    DTSTART;TZID=Office:20261129T100000 with a VTIMEZONE of +0230 in the same file (RFC 5545, section
          3.6.5) is 07:30 UTC.
Behavior: node-ical ignores the VTIMEZONE and takes the time as that of the process; ical.js gives 07:30 once
          the component is registered. An invitation is safer with UTC times or an IANA name.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts node-ical@0.26.1 ical.js@2.2.1 > npm.log 2>&1

cat > try.mjs <<'FILE'
import nodeIcal from "node-ical";
import ICAL from "ical.js";
const calendar = (event, more = "") => ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", ...more.split("|").filter(x => x), "BEGIN:VEVENT", "UID:1",
  "DTSTAMP:20261129T100000Z", ...event.split("|"), "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
const events = text => Object.values(nodeIcal.sync.parseICS(text)).filter(e => e.type === "VEVENT");
const component = text => new ICAL.Component(ICAL.parse(text));
const zone = "BEGIN:VTIMEZONE|TZID:Office|BEGIN:STANDARD|DTSTART:16010101T000000|TZOFFSETFROM:+0230|TZOFFSETTO:+0230|END:STANDARD|END:VTIMEZONE";
const text = calendar("DTSTART;TZID=Office:20261129T100000", zone);
console.log("node-ical: " + events(text)[0].start.toISOString());
const read = component(text);
read.getAllSubcomponents("vtimezone").forEach(z => ICAL.TimezoneService.register(z));
console.log("ical.js: " + new ICAL.Event(read.getFirstSubcomponent("vevent")).startDate.toJSDate().toISOString());
FILE

seen=$(TZ=UTC node try.mjs)
expected=$(cat <<'EXPECTED'
node-ical: 2026-11-29T10:00:00.000Z
ical.js: 2026-11-29T07:30:00.000Z
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
