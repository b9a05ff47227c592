#!/usr/bin/env bash
# A line of an invitation that is folded within a character loses that character.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Ical.Net 5.2.4 (NuGet), python3-icalendar 4.0.3 (Debian 12)
Guess:    Lines are joined as bytes before they are decoded, as RFC 5545, section 3.1, requires, since older
          programs fold at any byte.
Behavior: Both decode first, and both halves become U+FFFD. A writer that folds between characters, as both
          do, is safe.
FACTS

cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="Ical.Net" Version="[5.2.4]" /></ItemGroup>
</Project>
FILE
for package in python3-icalendar=4.0.3; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

cat > make.py <<'FILE'
data = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20261129T100000Z\r\nDTSTART:20261129T100000Z\r\n"
data += b"SUMMARY:Gr\xc3\r\n \xbcn\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
open("meeting.ics", "wb").write(data)
import icalendar
print("icalendar: " + icalendar.Calendar.from_ical(data).walk("VEVENT")[0]["SUMMARY"])
FILE

cat > Program.cs <<'FILE'
using var file = File.OpenRead("meeting.ics");
Console.WriteLine("Ical.Net: " + Ical.Net.Calendar.Load(file).Events[0].Summary);
FILE

seen=$(/usr/bin/python3 make.py; dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; dotnet out/try.dll)
expected=$(cat <<'EXPECTED'
icalendar: Gr��n
Ical.Net: Gr��n
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
