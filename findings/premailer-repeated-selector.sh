#!/usr/bin/env bash
# A rule whose selector comes a second time wins over rules that stand behind it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: PreMailer.Net 2.7.4 (NuGet), juice 11.1.1 (npm)
Guess:    In ".a{color:red} .b{color:blue} .a{margin:0}", an element of both classes is blue, as in browsers: of two
          rules that weigh the same, the later one counts.
Behavior: PreMailer.Net joins both rules for .a at the place of the second one, so the element is red. juice writes
          blue.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts juice@11.1.1 > npm.log 2>&1
cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="PreMailer.Net" Version="[2.7.4]" /></ItemGroup>
</Project>
FILE

cat > page.html <<'FILE'
<style>.a{color:red} .b{color:blue} .a{margin:0}</style><p class="a b">x</p>
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
juice: <p class="a b" style="color: blue; margin: 0;">x</p>
PreMailer.Net: <html><head></head><body><p class="a b" style="color: red;margin: 0">x</p></body></html> (0 warnings)
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
