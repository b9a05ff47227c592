#!/usr/bin/env bash
# An inliner of CSS drops the first of two declarations, which old mail programs need.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: PreMailer.Net 2.7.4 (NuGet), juice 11.1.1 (npm)
Guess:    Both declarations of "background:#fff;background:rgba(1,2,3,.5)" are written into the style
          attribute.
Behavior: PreMailer.Net keeps the last one alone, so programs that do not know rgba(), such as Outlook on
          Windows, have no background. juice keeps both.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts juice@11.1.1 > npm.log 2>&1
cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="PreMailer.Net" Version="[2.7.4]" /></ItemGroup>
</Project>
FILE

cat > page.html <<'FILE'
<style>p{background:#fff;background:rgba(1,2,3,.5)}</style><p>x</p>
FILE

cat > try.cjs <<'FILE'
console.log("juice: " + require("juice")(require("fs").readFileSync("page.html", "utf8").trim()));
FILE

cat > Program.cs <<'FILE'
var result = PreMailer.Net.PreMailer.MoveCssInline(File.ReadAllText("page.html").Trim(), removeStyleElements: true);
Console.WriteLine($"PreMailer.Net: {result.Html.Replace("\n", "")} ({result.Warnings.Count} warnings)");
FILE

seen=$(node try.cjs; dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; dotnet out/try.dll)
expected=$(cat <<'EXPECTED'
juice: <p style="background: #fff; background: rgba(1,2,3,.5);">x</p>
PreMailer.Net: <html><head></head><body><p style="background: rgba(1,2,3,.5)">x</p></body></html> (0 warnings)
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
