#!/usr/bin/env bash
# A DKIM key record with blanks around "=" has no key for one verifier.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: MimeKit 4.18.2 (NuGet), mailauth 4.13.3 (npm)
Guess:    "v = DKIM1 ; k = rsa ; p = …" is the same record as without blanks (RFC 6376, section 3.2).
Behavior: MimeKit throws a ParseException, mailauth passes: publish the record as "v=DKIM1; k=rsa; p=…".
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts mailauth@4.13.3 > npm.log 2>&1
cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="MimeKit" Version="[4.18.2]" /></ItemGroup>
</Project>
FILE
/usr/bin/python3 -c "import dkim" 2> /dev/null || { echo "apt-get install python3-dkim"; exit 1; }
openssl genrsa -out key.pem 2048 2> openssl.log
spki=$(openssl rsa -in key.pem -pubout -outform DER 2>> openssl.log | base64 -w0)
echo "v = DKIM1 ; k = rsa ; p = $spki" > record.txt

cat > sign.py <<'FILE'
import dkim, sys
message = b"From: ann@a.test\r\nTo: b@c.test\r\nSubject: Hello\r\nDate: Sun, 29 Nov 2026 10:00:00 +0000\r\n\r\nHello\r\n"
if len(sys.argv) > 1:
    message = message[:-2]
open("mail.eml", "wb").write(dkim.sign(message, b"s", b"a.test", open("key.pem", "rb").read(), include_headers=[b"from", b"to", b"subject"]) + message)
FILE

cat > try.mjs <<'FILE'
import fs from "fs";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
const record = fs.readFileSync("record.txt", "latin1").trim();
const read = await dkimVerify(fs.readFileSync("mail.eml"), { resolver: async () => [record.match(/.{1,255}/g)] });
const status = read.results[0].status;
console.log("mailauth: " + status.result + (status.comment ? ` (${status.comment})` : ""));
FILE

cat > Program.cs <<'FILE'
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;

var message = MimeMessage.Load("mail.eml");
try
{
    var isValid = new DkimVerifier(new Locator()).Verify(message, message.Headers[message.Headers.IndexOf(HeaderId.DkimSignature)]);
    Console.WriteLine($"MimeKit: {(isValid ? "pass" : "fail")}");
}
catch (Exception exception)
{
    Console.WriteLine($"MimeKit: {exception.GetType().Name}");
}

class Locator : DkimPublicKeyLocatorBase
{
    public override AsymmetricKeyParameter LocatePublicKey(string methods, string domain, string selector, CancellationToken token = default) =>
        GetPublicKey(File.ReadAllText("record.txt").Trim());

    public override Task<AsymmetricKeyParameter> LocatePublicKeyAsync(
        string methods, string domain, string selector, CancellationToken token = default) =>
        Task.FromResult(LocatePublicKey(methods, domain, selector, token));
}
FILE

seen=$(/usr/bin/python3 sign.py; node try.mjs; dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; dotnet out/try.dll)
expected=$(cat <<'EXPECTED'
mailauth: pass
MimeKit: ParseException
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
