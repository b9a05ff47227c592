#!/usr/bin/env bash
# A condition of Outlook becomes an ordinary comment, so that Outlook shows what it should not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: PreMailer.Net 2.7.4 (NuGet), juice 11.1.1 (npm)
Guess:    <![if !mso]> … <![endif]> stays as it is, as <!--[if mso]> does.
Behavior: PreMailer.Net writes <!--[if !mso]--> and <!--[endif]-->, which hide nothing from any program; juice
          leaves it. The form <!--[if !mso]><!--> survives both.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts juice@11.1.1 > npm.log 2>&1
cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="PreMailer.Net" Version="[2.7.4]" /></ItemGroup>
</Project>
FILE

cat > page.html <<'FILE'
<body><![if !mso]><p>web</p><![endif]><!--[if !mso]><!--><p>web</p><!--<![endif]--></body>
FILE

cat > try.cjs <<'FILE'
console.log("juice: " + require("juice")(require("fs").readFileSync("page.html", "utf8").trim()));
FILE

cat > Program.cs <<'FILE'
var result = PreMailer.Net.PreMailer.MoveCssInline(File.ReadAllText("page.html").Trim());
Console.WriteLine($"PreMailer.Net: {result.Html.Replace("\n", "")} ({result.Warnings.Count} warnings)");
FILE

seen=$(node try.cjs; dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; dotnet out/try.dll)
expected=$(cat <<'EXPECTED'
juice: <body><![if !mso]><p>web</p><![endif]><!--[if !mso]><!--><p>web</p><!--<![endif]--></body>
PreMailer.Net: <html><head></head><body><!--[if !mso]--><p>web</p><!--[endif]--><!--[if !mso]><!--><p>web</p><!--<![endif]--></body></html> (0 warnings)
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
