#!/usr/bin/env bash
# An inliner of CSS drops the rules for small screens.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: @css-inline/css-inline 0.21.2, inline-css 4.0.3, juice 11.1.1 (npm), PreMailer.Net 2.7.4 (NuGet)
Guess:    What cannot be written into an attribute, as rules of @media and a:hover, stays in a style element, as juice and
          PreMailer.Net leave it there.
Behavior: css-inline and inline-css remove the element with all that is in it: the email has one width for all screens, and nobody
          is told. css-inline keeps them with keepAtRules (the other rules only with keepStyleTags), inline-css media queries with
          preserveMediaQueries.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts @css-inline/css-inline@0.21.2 inline-css@4.0.3 juice@11.1.1 > npm.log 2>&1

cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="PreMailer.Net" Version="[2.7.4]" /></ItemGroup>
</Project>
FILE

cat > email.html <<'FILE'
<html><head><style>
p { color: red }
a:hover { color: green }
@media (max-width: 600px) { p { color: blue } }
</style></head><body><p>x</p></body></html>
FILE

cat > Program.cs <<'FILE'
var html = PreMailer.Net.PreMailer.MoveCssInline(File.ReadAllText("email.html")).Html;
Console.WriteLine($"PreMailer.Net: media {html.Contains("@media")}, hover {html.Contains(":hover")}, inline {html.Contains("<p style")}");
FILE

cat > try.mjs <<'FILE'
import { readFileSync } from "fs";
import { inline } from "@css-inline/css-inline";
import juice from "juice";
import inlineCss from "inline-css";
const html = readFileSync("email.html", "utf8");
const tell = (name, out) =>
  console.log(`${name}: media ${out.includes("@media")}, hover ${out.includes(":hover")}, inline ${out.includes("<p style")}`);
tell("juice", juice(html));
tell("css-inline", inline(html));
tell("css-inline, keepAtRules", inline(html, { keepAtRules: true }));
tell("css-inline, keepStyleTags", inline(html, { keepStyleTags: true }));
tell("inline-css", await inlineCss(html, { url: "https://example.com/" }));
tell("inline-css, preserveMediaQueries", await inlineCss(html, { url: "https://example.com/", preserveMediaQueries: true }));
FILE

seen=$(dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; dotnet out/try.dll; node try.mjs)
expected=$(cat <<'EXPECTED'
PreMailer.Net: media True, hover True, inline True
juice: media true, hover true, inline true
css-inline: media false, hover false, inline true
css-inline, keepAtRules: media true, hover false, inline true
css-inline, keepStyleTags: media true, hover true, inline true
inline-css: media false, hover false, inline true
inline-css, preserveMediaQueries: media true, hover false, inline true
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
