#!/usr/bin/env bash
# A subject that is the text "=?utf-8?q?x?=" arrives as "x".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: MimeKit 4.18.2 (NuGet), nodemailer 10.6.1 (npm), Python 3 email, Email::MIME (Debian 12)
Guess:    The text is encoded, so that a reader sees what was given (RFC 2047, section 7).
Behavior: MimeKit and nodemailer write it as it is, Python decodes it when it is set, and only Email::MIME
          encodes it. Someone who writes about encoded words, or passes a raw header field on, sends another
          subject.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts nodemailer@10.6.1 > npm.log 2>&1
cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="MimeKit" Version="[4.18.2]" /></ItemGroup>
</Project>
FILE
for package in python3.11=3.11.2 libemail-mime-perl=1.953; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

cat > try.cjs <<'FILE'
require("nodemailer").createTransport({ streamTransport: true, buffer: true, newline: "unix" })
  .sendMail({ from: "a@b.test", to: "c@d.test", subject: "=?utf-8?q?x?=", text: "x" })
  .then(info => console.log("nodemailer: " + info.message.toString().split("\n").find(l => l.startsWith("Subject"))));
FILE

cat > try.py <<'FILE'
from email.message import EmailMessage
message = EmailMessage()
message["Subject"] = "=?utf-8?q?x?="
print("Python: " + message.as_string().strip())
FILE

cat > try.pl <<'FILE'
use Email::MIME;
my $message = Email::MIME->create(header_str => [Subject => "=?utf-8?q?x?="], body => "x");
print "Email::MIME: ", grep(/^Subject/, split(/\r?\n/, $message->as_string)), "\n";
FILE

cat > Program.cs <<'FILE'
var message = new MimeKit.MimeMessage { Subject = "=?utf-8?q?x?=" };
var field = message.Headers.First(h => h.Id == MimeKit.HeaderId.Subject);
Console.WriteLine($"MimeKit: Subject:{System.Text.Encoding.ASCII.GetString(field.RawValue).TrimEnd()}");
FILE

seen=$(node try.cjs; python3 try.py; perl try.pl; dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; dotnet out/try.dll)
expected=$(cat <<'EXPECTED'
nodemailer: Subject: =?utf-8?q?x?=
Python: Subject: x
Email::MIME: Subject: =?UTF-8?B?PT91dGYtOD9xP3g/PQ==?=
MimeKit: Subject: =?utf-8?q?x?=
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
