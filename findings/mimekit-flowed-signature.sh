#!/usr/bin/env bash
# The separator of a signature is lost in format=flowed, both in writing and in reading.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: MimeKit 4.18.2 (NuGet)
Guess:    "-- " is a line of its own that is neither changed nor joined (RFC 3676, section 4.3).
Behavior: TextToFlowed removes the blank, so that a reader does not see a signature; FlowedToText joins the
          line with the next one.
FACTS

cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="MimeKit" Version="[4.18.2]" /></ItemGroup>
</Project>
FILE

cat > Program.cs <<'FILE'
using MimeKit.Text;

Console.WriteLine(new TextToFlowed().Convert("Regards\n-- \nAnn\n").Replace("\n", "<LF>"));
Console.WriteLine(new FlowedToText().Convert("Regards\n-- \nAnn\n").Replace("\n", "<LF>"));
FILE

seen=$(dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; dotnet out/try.dll)
expected=$(cat <<'EXPECTED'
Regards<LF>--<LF>Ann<LF>
Regards<LF>-- Ann<LF>
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
