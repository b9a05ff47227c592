#!/usr/bin/env bash
# An inliner of CSS moves the loop of a template out of the table, so the invoice has no lines.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: PreMailer.Net 2.7.4 (NuGet), juice 11.1.1 (npm)
Guess:    Text such as {% for %} between table and tr stays where it is.
Behavior: PreMailer.Net parses as browsers do, which put text in a table before it: the loop is empty, and its
          row is written once, without data. juice leaves it. Templates are filled in first, and inlined
          afterwards.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts juice@11.1.1 > npm.log 2>&1
cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="PreMailer.Net" Version="[2.7.4]" /></ItemGroup>
</Project>
FILE

cat > page.html <<'FILE'
<style>td{color:red}</style><table>{% for x in lines %}<tr><td>{{ x }}</td></tr>{% endfor %}</table>
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
juice: <table>{% for x in lines %}<tr><td style="color: red;">{{ x }}</td></tr>{% endfor %}</table>
PreMailer.Net: <html><head></head><body>{% for x in lines %}{% endfor %}<table><tbody><tr><td style="color: red">{{ x }}</td></tr></tbody></table></body></html> (0 warnings)
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
