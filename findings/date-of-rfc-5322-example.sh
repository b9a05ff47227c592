#!/usr/bin/env bash
# The example of a date in RFC 5322, appendix A.6.3, is read as now, as midnight, or not at all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: mailparser 3.14.2 (npm), MimeKit 4.18.2 (NuGet)
Guess:    Both read "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", which is valid (obsolete syntax), as
          15:55:06 UTC.
Behavior: mailparser gives the time at which it parses, without a sign that it did not understand the date;
          MimeKit keeps the day and the zone and gives midnight. The same date without the comment and the
          spaces is read by both.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts mailparser@3.14.2 > npm.log 2>&1
cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="MimeKit" Version="[4.18.2]" /></ItemGroup>
</Project>
FILE

cat > try.mjs <<'FILE'
import { simpleParser } from "mailparser";
for (const date of ["Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", "Fri, 21 Nov 1997 09:55:06 -0600"]) {
  const before = Date.now();
  const read = (await simpleParser(`Date: ${date}\r\nSubject: x\r\n\r\nx`)).date;
  console.log(`mailparser: ${date} => ${read >= before ? "the time of parsing" : read.toISOString()}`);
}
FILE

cat > Program.cs <<'FILE'
foreach (var date in new[] { "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", "Fri, 21 Nov 1997 09:55:06 -0600" })
{
    var message = MimeKit.MimeMessage.Load(new MemoryStream(System.Text.Encoding.ASCII.GetBytes($"Date: {date}\r\n\r\nx")));
    Console.WriteLine($"MimeKit: {date} => {message.Date:yyyy-MM-dd HH:mm:ss zzz}");
}
FILE

seen=$(node try.mjs; dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; dotnet out/try.dll)
expected=$(cat <<'EXPECTED'
mailparser: Fri, 21 Nov 1997 09(comment):   55  :  06 -0600 => the time of parsing
mailparser: Fri, 21 Nov 1997 09:55:06 -0600 => 1997-11-21T15:55:06.000Z
MimeKit: Fri, 21 Nov 1997 09(comment):   55  :  06 -0600 => 1997-11-21 00:00:00 -06:00
MimeKit: Fri, 21 Nov 1997 09:55:06 -0600 => 1997-11-21 09:55:06 -06:00
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
