#!/usr/bin/env bash
# An invitation is written without the time zone of its hours, and a reader takes the hours for its own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Ical.Net 5.2.4 (NuGet), ical.js 2.2.1, node-ical 0.26.1 (npm), python3-icalendar 4.0.3 (Debian 12)
Guess:    A calendar whose event begins at a time with TZID=Europe/Berlin has a VTIMEZONE of that name, which must be there
          (RFC 5545, section 3.2.19).
Behavior: It has none, unless AddTimeZone is called, and no error says so. node-ical and icalendar know the zone by its name; for
          ical.js the time is floating, 10:00 wherever the reader is.
FACTS

for package in python3-icalendar=4.0.3; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

npm install --silent --no-audit --no-fund --ignore-scripts ical.js@2.2.1 node-ical@0.26.1 > npm.log 2>&1

cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="Ical.Net" Version="[5.2.4]" /></ItemGroup>
</Project>
FILE

cat > Program.cs <<'FILE'
using Ical.Net;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using Ical.Net.Serialization;

foreach (var zone in new[] { false, true })
{
    var calendar = new Calendar { Method = "REQUEST" };
    calendar.Events.Add(new CalendarEvent
    {
        Uid = "1",
        Start = new CalDateTime(new DateTime(2026, 12, 1, 10, 0, 0), "Europe/Berlin"),
        End = new CalDateTime(new DateTime(2026, 12, 1, 11, 0, 0), "Europe/Berlin"),
    });
    if (zone)
    {
        calendar.AddTimeZone("Europe/Berlin");
    }
    var text = new CalendarSerializer().SerializeToString(calendar)!;
    File.WriteAllText(zone ? "zone.ics" : "plain.ics", text);
    Console.WriteLine($"{(zone ? "with AddTimeZone" : "as it is")}: {text.Split("BEGIN:VTIMEZONE").Length - 1} VTIMEZONE");
}
FILE

cat > try.py <<'FILE'
import icalendar, datetime, sys
start = icalendar.Calendar.from_ical(open(sys.argv[1]).read()).walk("VEVENT")[0]["DTSTART"].dt
print(f"icalendar, {sys.argv[1]}: {start.astimezone(datetime.timezone.utc):%H:%M} UTC")
FILE

cat > try.mjs <<'FILE'
import ICAL from "ical.js";
import ical from "node-ical";
import { readFileSync } from "fs";
const utc = date => date.toISOString().slice(11, 16) + " UTC";
const text = readFileSync(process.argv[2], "utf8");
const calendar = new ICAL.Component(ICAL.parse(text));
for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
const start = new ICAL.Event(calendar.getFirstSubcomponent("vevent")).startDate;
console.log(`ical.js, ${process.argv[2]}: zone ${start.zone.tzid}, ${utc(start.toJSDate())}`);
console.log(`node-ical, ${process.argv[2]}: ${utc(ical.sync.parseICS(text)["1"].start)}`);
FILE

export TZ=America/New_York
seen=$(
    dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log
    dotnet out/try.dll
    for file in plain.ics zone.ics; do
        /usr/bin/python3 try.py "$file"
        node try.mjs "$file"
    done
)
expected=$(cat <<'EXPECTED'
as it is: 0 VTIMEZONE
with AddTimeZone: 1 VTIMEZONE
icalendar, plain.ics: 09:00 UTC
ical.js, plain.ics: zone floating, 15:00 UTC
node-ical, plain.ics: 09:00 UTC
icalendar, zone.ics: 09:00 UTC
ical.js, zone.ics: zone Europe/Berlin, 09:00 UTC
node-ical, zone.ics: 09:00 UTC
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
