#!/usr/bin/env bash
# A display name with quotes is written without the backslashes that it needs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: System.Net.Mail of .NET 10 (seen with 10.0.12); mailparser 3.14.2 (npm), MimeKit 4.18.2 (NuGet), Python 3.11.2 (Debian 12)
Guess:    A name that has quotes is written as a quoted string with a backslash before each of them (RFC 5322, section 3.2.4), and
          an address that MailAddress has read and written can be read again.
Behavior: The quotes are written as they are, which ends the string at the first of them: the field is not valid, and readers show
          a name without quotes, or without a blank. A name that was read from a quoted string keeps its backslashes as part of
          DisplayName, is sent correctly by that, and is not read again from what ToString writes.
FACTS

for package in python3=3.11.2; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

npm install --silent --no-audit --no-fund --ignore-scripts mailparser@3.14.2 > npm.log 2>&1

cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="MimeKit" Version="[4.18.2]" /></ItemGroup>
</Project>
FILE

cat > Program.cs <<'FILE'
using System.Net.Mail;

var message = new MailMessage("shop@example.com", "ann@example.org", "Order", "Hello");
message.To.Clear();
message.To.Add(new MailAddress("ann@example.org", "Ann \"Annie\" Lee"));
var folder = Directory.CreateDirectory("pickup").FullName;
using var client = new SmtpClient { DeliveryMethod = SmtpDeliveryMethod.SpecifiedPickupDirectory, PickupDirectoryLocation = folder };
client.Send(message);
File.Move(Directory.GetFiles(folder)[0], "message.eml");
Console.WriteLine(File.ReadAllLines("message.eml").First(line => line.StartsWith("To:")));
var mailboxes = MimeKit.MimeMessage.Load("message.eml").To.Mailboxes;
Console.WriteLine("MimeKit: " + string.Join(" + ", mailboxes.Select(one => $"{one.Name}, {one.Address}")));
var read = new MailAddress("\"Ann \\\"Annie\\\" Lee\" <ann@example.org>");
Console.WriteLine($"read: {read.DisplayName}; written: {read}; read again: {MailAddress.TryCreate(read.ToString(), out _)}");
FILE

cat > try.py <<'FILE'
import email, email.policy
to = email.message_from_file(open("message.eml"), policy=email.policy.default)["To"]
print("Python: " + " + ".join(f"{one.display_name}, {one.addr_spec}" for one in to.addresses))
FILE

cat > try.cjs <<'FILE'
const { simpleParser } = require("mailparser");
simpleParser(require("fs").readFileSync("message.eml")).then(message =>
  console.log("mailparser: " + message.to.value.map(one => `${one.name}, ${one.address}`).join(" + ")));
FILE

seen=$(dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; dotnet out/try.dll; /usr/bin/python3 try.py; node try.cjs)
expected=$(cat <<'EXPECTED'
To: "Ann "Annie" Lee" <ann@example.org>
MimeKit: Ann Annie Lee, ann@example.org
read: Ann \"Annie\" Lee; written: "Ann \\"Annie\\" Lee" <ann@example.org>; read again: False
Python: Ann Annie Lee, ann@example.org
mailparser: AnnAnnie Lee, ann@example.org
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
