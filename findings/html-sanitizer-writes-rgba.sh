#!/usr/bin/env bash
# A sanitizer of HTML writes colors in a form that Outlook does not know, and drops the links and images of an email.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: HtmlSanitizer 10.0.1120 (NuGet)
Guess:    A fragment of a newsletter comes back with its colors as they were written, and loses what can run code alone.
Behavior: Every color of a style becomes rgba(...), which classic Outlook for Windows, whose engine is that of Word, does not take:
          the text is black, and the background white. Links with mailto: and tel:, and images with cid:, lose their target:
          "mailto", "tel" and "cid" are to be added to AllowedSchemes. The attributes of color and bgcolor stay as they are.
FACTS

cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="HtmlSanitizer" Version="[10.0.1120]" /></ItemGroup>
</Project>
FILE

cat > Program.cs <<'FILE'
string[] pieces =
[
    "<p style=\"color: #cc0000\">sale</p>",
    "<p style=\"color: red; background: white\">sale</p>",
    "<table bgcolor=\"#cc0000\"><tbody><tr><td style=\"border: 1px solid #333\">sale</td></tr></tbody></table>",
    "<a href=\"https://example.com/u?x=1\">unsubscribe</a>",
    "<a href=\"mailto:u@example.com?subject=unsubscribe\">unsubscribe</a>",
    "<a href=\"tel:+4930123456\">call us</a>",
    "<img src=\"cid:logo@example.com\" alt=\"Shop\">",
];
var sanitizer = new Ganss.Xss.HtmlSanitizer();
foreach (var piece in pieces)
{
    Console.WriteLine($"{piece}\n    {sanitizer.Sanitize(piece)}");
}
FILE

seen=$(dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; dotnet out/try.dll)
expected=$(cat <<'EXPECTED'
<p style="color: #cc0000">sale</p>
    <p style="color: rgba(204, 0, 0, 1)">sale</p>
<p style="color: red; background: white">sale</p>
    <p style="color: rgba(255, 0, 0, 1); background: rgba(255, 255, 255, 1)">sale</p>
<table bgcolor="#cc0000"><tbody><tr><td style="border: 1px solid #333">sale</td></tr></tbody></table>
    <table bgcolor="#cc0000"><tbody><tr><td style="border: 1px solid rgba(51, 51, 51, 1)">sale</td></tr></tbody></table>
<a href="https://example.com/u?x=1">unsubscribe</a>
    <a href="https://example.com/u?x=1">unsubscribe</a>
<a href="mailto:u@example.com?subject=unsubscribe">unsubscribe</a>
    <a>unsubscribe</a>
<a href="tel:+4930123456">call us</a>
    <a>call us</a>
<img src="cid:logo@example.com" alt="Shop">
    <img alt="Shop">
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
