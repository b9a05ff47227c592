#!/usr/bin/env bash
# One time in a template is shown as two.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Fluid.Core 2.41.1 (NuGet)
Guess:    {{ time }} and {{ time | date: "%H:%M" }} show the same hour, that of TemplateOptions.TimeZone.
Behavior: {{ time }} is in UTC, and the filter date in the zone that the value came with; the zone of the options has no
          influence on either.
FACTS

cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Fluid.Core" Version="[2.41.1]" />
    <PackageReference Include="TimeZoneConverter" Version="[8.0.0]" />
  </ItemGroup>
</Project>
FILE

cat > Program.cs <<'FILE'
using System;
using Fluid;

var options = new TemplateOptions { TimeZone = TimeZoneInfo.FindSystemTimeZoneById("America/New_York") };
var model = new { time = new DateTimeOffset(2026, 7, 1, 20, 0, 0, TimeSpan.FromHours(9)) };
var template = new FluidParser().Parse("{{ time }} and {{ time | date: \"%H:%M\" }}");
Console.WriteLine(template.Render(new TemplateContext(model, options)));
FILE

seen=$(dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; dotnet out/try.dll)
expected="2026-07-01 11:00:00Z and 20:00"
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
