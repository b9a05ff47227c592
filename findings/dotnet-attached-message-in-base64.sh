#!/usr/bin/env bash
# An attached message is written in base64, and readers find no message in it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: System.Net.Mail of .NET 10 (seen with 10.0.12); Python 3.11.2 (Debian 12), mailparser 3.14.2 (npm), MimeKit 4.18.2
          (NuGet)
Guess:    An attachment of the type message/rfc822 is written as 7bit, 8bit or binary, the only encodings that are allowed for it
          (RFC 2046, section 5.2.1), as for one that forwards what bounced.
Behavior: It is written in base64. mailparser decodes it; for MimeKit and Python, the attached message has no fields, and its
          text is base64. Setting TransferEncoding to SevenBit helps if the message is ASCII.
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
using System.Net.Mime;

foreach (var encoding in new[] { TransferEncoding.Unknown, TransferEncoding.SevenBit })
{
    var message = new MailMessage("shop@example.com", "ann@example.org", "Fwd", "See below");
    var attached = new MemoryStream("From: bob@example.net\r\nSubject: Question\r\n\r\nHello\r\n"u8.ToArray());
    var attachment = new Attachment(attached, "question.eml", "message/rfc822");
    if (encoding != TransferEncoding.Unknown)
    {
        attachment.TransferEncoding = encoding;
    }
    message.Attachments.Add(attachment);
    var folder = Directory.CreateTempSubdirectory().FullName;
    using var client = new SmtpClient { DeliveryMethod = SmtpDeliveryMethod.SpecifiedPickupDirectory, PickupDirectoryLocation = folder };
    client.Send(message);
    var name = $"{encoding}.eml";
    File.Move(Directory.GetFiles(folder)[0], name);
    Directory.Delete(folder);
    Console.WriteLine($"{encoding}: {File.ReadAllLines(name).Last(line => line.StartsWith("Content-Transfer-Encoding:"))}");
    var inner = MimeKit.MimeMessage.Load(name).Attachments.OfType<MimeKit.MessagePart>().FirstOrDefault()?.Message;
    Console.WriteLine($"  MimeKit: {inner?.Subject ?? "no subject"}");
}
FILE

cat > try.py <<'FILE'
import email, email.policy, sys
part = list(email.message_from_file(open(sys.argv[1]), policy=email.policy.default).iter_attachments())[0]
inner = part.get_payload(0)
print(f"Python, {sys.argv[1]}: {inner['Subject'] or 'no subject'}, {inner.get_payload().strip()[:12]}")
FILE

cat > try.cjs <<'FILE'
const { simpleParser } = require("mailparser");
simpleParser(require("fs").readFileSync(process.argv[2])).then(message =>
  console.log(`mailparser, ${process.argv[2]}: ${message.attachments[0].content.toString().split("\r\n")[1] ?? "one line"}`));
FILE

seen=$(
    dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log
    dotnet out/try.dll
    for file in Unknown.eml SevenBit.eml; do
        /usr/bin/python3 try.py "$file"
        node try.cjs "$file"
    done
)
expected=$(cat <<'EXPECTED'
Unknown: Content-Transfer-Encoding: base64
  MimeKit: no subject
SevenBit: Content-Transfer-Encoding: 7bit
  MimeKit: Question
Python, Unknown.eml: no subject, RnJvbTogYm9i
mailparser, Unknown.eml: Subject: Question
Python, SevenBit.eml: Question, Hello
mailparser, SevenBit.eml: Subject: Question
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
