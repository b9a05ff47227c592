#!/usr/bin/env bash
# A long line of Japanese comes back from format=flowed with a blank within it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: MimeKit 4.18.2 (NuGet)
Guess:    Text without blanks is not wrapped, or is wrapped with DelSp=yes (RFC 3676, section 4.2), so that
          FlowedToText gives the same text.
Behavior: TextToFlowed breaks the line with a blank and has no DelSp: the reader keeps the blank, also in the
          middle of a word.
FACTS

cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="MimeKit" Version="[4.18.2]" /></ItemGroup>
</Project>
FILE

cat > Program.cs <<'FILE'
using MimeKit.Text;

var text = string.Concat(Enumerable.Repeat("日本語", 40)) + "\n";
var read = new FlowedToText().Convert(new TextToFlowed().Convert(text));
Console.WriteLine($"same: {read == text}; blanks: {read.Count(c => c == ' ')}");
FILE

seen=$(dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; dotnet out/try.dll)
expected=$(cat <<'EXPECTED'
same: False; blanks: 1
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
