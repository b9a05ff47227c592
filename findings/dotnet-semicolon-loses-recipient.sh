#!/usr/bin/env bash
# Of several recipients that are separated by semicolons, only the last one is addressed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: System.Net.Mail of .NET 10 (seen with 10.0.12)
Guess:    A list with semicolons, as Outlook writes it, is either taken as a list or refused, since a semicolon does not stand
          between addresses (RFC 5322, section 3.4).
Behavior: With a blank behind the semicolon it is one address: the last one, whose display name is everything in front of it.
          No error says that the others are missing. The same happens to addresses with a blank between them. Without the
          blank it is an error. Split such lists first, and check that there are as many recipients as expected.
FACTS

cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
</Project>
FILE

cat > Program.cs <<'FILE'
using System.Net.Mail;

string[] lists =
[
    "ann@example.org, bob@example.net", "ann@example.org; bob@example.net", "ann@example.org;bob@example.net",
    "ann@example.org bob@example.net", "Ann <ann@example.org>; Bob <bob@example.net>",
    "ann@example.org; bob@example.net, zoe@example.com",
];
foreach (var list in lists)
{
    var message = new MailMessage();
    try
    {
        message.To.Add(list);
        Console.WriteLine($"{list}\n    {message.To.Count}: {message.To}");
    }
    catch (FormatException)
    {
        Console.WriteLine($"{list}: refused");
    }
}
FILE

seen=$(dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; dotnet out/try.dll)
expected=$(cat <<'EXPECTED'
ann@example.org, bob@example.net
    2: ann@example.org, bob@example.net
ann@example.org; bob@example.net
    1: "ann@example.org;" <bob@example.net>
ann@example.org;bob@example.net: refused
ann@example.org bob@example.net
    1: "ann@example.org" <bob@example.net>
Ann <ann@example.org>; Bob <bob@example.net>
    1: "Ann <ann@example.org>; Bob" <bob@example.net>
ann@example.org; bob@example.net, zoe@example.com
    2: "ann@example.org;" <bob@example.net>, zoe@example.com
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
