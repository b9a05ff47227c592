#!/usr/bin/env bash
# The hours of an invitation from Outlook are read as UTC, because the name of its time zone begins with "UTC".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Ical.Net 5.2.4 (NuGet)
Guess:    A time whose TZID has a VTIMEZONE in the same calendar is in that zone, whatever it is called (RFC 5545, section 3.2.19), or
          there is an error that the zone is not known.
Behavior: The VTIMEZONE is not used. A name that is not known is searched for names that are: "UTC" and "GMT" are found in the names
          that Outlook shows and some programs write, and 10:00 in New York is 10:00 UTC, five hours early. A name without any of
          them is an error when AsUtc is asked for. "Europe/Berlin" and the names of Windows are right.
FACTS

cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="Ical.Net" Version="[5.2.4]" /></ItemGroup>
</Project>
FILE

cat > Program.cs <<'FILE'
string[] names =
[
    "Eastern Standard Time", "America/New_York", "(UTC-05:00) Eastern Time (US & Canada)", "GMT-0500 (Standard) / GMT-0400 (Daylight)",
    "Office",
];
foreach (var name in names)
{
    var text = $"""
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:test
        METHOD:REQUEST
        BEGIN:VTIMEZONE
        TZID:{name}
        BEGIN:STANDARD
        DTSTART:16010101T020000
        RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
        TZOFFSETFROM:-0400
        TZOFFSETTO:-0500
        END:STANDARD
        BEGIN:DAYLIGHT
        DTSTART:16010101T020000
        RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
        TZOFFSETFROM:-0500
        TZOFFSETTO:-0400
        END:DAYLIGHT
        END:VTIMEZONE
        BEGIN:VEVENT
        UID:1
        DTSTAMP:20261130T100000Z
        DTSTART;TZID="{name}":20261201T100000
        END:VEVENT
        END:VCALENDAR

        """.ReplaceLineEndings("\r\n");
    var start = Ical.Net.Calendar.Load(text)!.Events[0].Start!;
    try
    {
        Console.WriteLine($"{name}: {start.AsUtc:HH:mm} UTC");
    }
    catch (ArgumentException exception)
    {
        Console.WriteLine($"{name}: {exception.Message}");
    }
}
FILE

seen=$(dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; dotnet out/try.dll)
expected=$(cat <<'EXPECTED'
Eastern Standard Time: 15:00 UTC
America/New_York: 15:00 UTC
(UTC-05:00) Eastern Time (US & Canada): 10:00 UTC
GMT-0500 (Standard) / GMT-0400 (Daylight): 10:00 UTC
Office: Unrecognized time zone id Office (Parameter 'tzId')
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
