#!/usr/bin/env bash
# An organizer whose name has quotes disappears between the writer and the reader of an invitation.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: ical-generator 10.2.0, node-ical 0.26.1, ical.js 2.2.1 (npm)
Guess:    The writer uses ^' (RFC 6868) or drops the quotes, since a quote cannot stand in a parameter (RFC
          5545, section 3.1), and the reader shows the name.
Behavior: ical-generator writes CN="Jo \"X\" Doe"; node-ical then has no organizer at all. The valid form with
          ^' is not decoded by node-ical either, only by ical.js.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts ical-generator@10.2.0 node-ical@0.26.1 ical.js@2.2.1 > npm.log 2>&1

cat > try.mjs <<'FILE'
import ical from "ical-generator";
import nodeIcal from "node-ical";
import ICAL from "ical.js";
const calendar = (event, more = "") => ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", ...more.split("|").filter(x => x), "BEGIN:VEVENT", "UID:1",
  "DTSTAMP:20261129T100000Z", ...event.split("|"), "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
const events = text => Object.values(nodeIcal.sync.parseICS(text)).filter(e => e.type === "VEVENT");
const component = text => new ICAL.Component(ICAL.parse(text));
const made = ical();
made.createEvent({ id: "1", start: new Date(0), summary: "x", organizer: { name: "Jo \"X\" Doe", email: "jo@b.test" } });
const text = made.toString();
console.log("ical-generator: " + text.split("\r\n").find(l => l.startsWith("ORGANIZER")));
console.log("node-ical reads it: " + JSON.stringify(events(text)[0].organizer ?? null));
const valid = calendar("DTSTART:20261129T100000Z|ORGANIZER;CN=\"Jo ^'X^' Doe\":mailto:jo@b.test");
console.log("node-ical, RFC 6868: " + events(valid)[0].organizer.params.CN);
console.log("ical.js, RFC 6868: " + component(valid).getFirstSubcomponent("vevent").getFirstProperty("organizer").getParameter("cn"));
FILE

seen=$(node try.mjs)
expected=$(cat <<'EXPECTED'
ical-generator: ORGANIZER;CN="Jo \"X\" Doe":mailto:jo@b.test
node-ical reads it: null
node-ical, RFC 6868: Jo ^'X^' Doe
ical.js, RFC 6868: Jo "X" Doe
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
