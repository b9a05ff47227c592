#!/usr/bin/env bash
# The form of an RSA key that RFC 6376 names is refused by three of four verifiers of DKIM.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: MimeKit 4.18.2 (NuGet), mailauth 4.13.3 (npm), Mail::DKIM 1.20230212 and dkimpy 1.1.4 (Debian 12)
Guess:    A key record whose p= is the RSAPublicKey of PKCS #1, which section 3.6.1 (k=) requires, passes
          everywhere; some may also take the SubjectPublicKeyInfo of its appendix C.
Behavior: Only dkimpy takes it. SubjectPublicKeyInfo, which "openssl rsa -pubout" writes, passes in all four:
          publish the key in that form.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts mailauth@4.13.3 > npm.log 2>&1
cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="MimeKit" Version="[4.18.2]" /></ItemGroup>
</Project>
FILE
for package in python3-dkim=1.1.4 libmail-dkim-perl=1.20230212; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
openssl genrsa -out key.pem 2048 2> openssl.log
spki=$(openssl rsa -in key.pem -pubout -outform DER 2>> openssl.log | base64 -w0)
pkcs1=$(openssl rsa -in key.pem -RSAPublicKey_out -outform DER 2>> openssl.log | base64 -w0)

cat > sign.py <<'FILE'
import dkim, sys
message = b"From: ann@a.test\r\nTo: b@c.test\r\nSubject: Hello\r\nDate: Sun, 29 Nov 2026 10:00:00 +0000\r\n\r\nHello\r\n"
if len(sys.argv) > 1:
    message = message[:-2]
open("mail.eml", "wb").write(dkim.sign(message, b"s", b"a.test", open("key.pem", "rb").read(), include_headers=[b"from", b"to", b"subject"]) + message)
FILE

cat > try.py <<'FILE'
import dkim
record = open("record.txt", "rb").read().strip()
try:
    print("dkimpy:", "pass" if dkim.verify(open("mail.eml", "rb").read(), dnsfunc=lambda name, timeout=5: record) else "fail")
except Exception as exception:
    print("dkimpy:", type(exception).__name__)
FILE

cat > try.mjs <<'FILE'
import fs from "fs";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
const record = fs.readFileSync("record.txt", "latin1").trim();
const read = await dkimVerify(fs.readFileSync("mail.eml"), { resolver: async () => [record.match(/.{1,255}/g)] });
const status = read.results[0].status;
console.log("mailauth: " + status.result + (status.comment ? ` (${status.comment})` : ""));
FILE

cat > try.pl <<'FILE'
use Mail::DKIM::Verifier;
open my $file, "<", "record.txt"; our $record = <$file>; chomp $record;
{
    package Resolver; sub query { bless {}, "Packet" } sub send { bless {}, "Packet" } sub errorstring { "" } sub timeout { } sub can { 1 }
    package Packet; sub answer { bless {}, "Answer" } sub header { bless {}, "Header" }
    package Header; sub rcode { "NOERROR" }
    package Answer; sub type { "TXT" } sub txtdata { wantarray ? $main::record =~ /.{1,255}/g : $main::record }
}
Mail::DKIM::DNS::resolver(bless {}, "Resolver");
my $verifier = Mail::DKIM::Verifier->new;
open my $mail, "<:raw", "mail.eml"; local $/;
$verifier->PRINT(<$mail>);
$verifier->CLOSE;
(my $detail = ($verifier->signatures)[0]->result_detail) =~ s/\s+/ /g;
print "Mail::DKIM: $detail\n";
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

cat > verify.sh <<'FILE'
/usr/bin/python3 try.py; node try.mjs; perl try.pl
[ -d out ] || dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log
dotnet out/try.dll
FILE

seen=$(/usr/bin/python3 sign.py; echo "RSAPublicKey"; echo "v=DKIM1; k=rsa; p=$pkcs1" > record.txt; bash verify.sh; echo "SubjectPublicKeyInfo"; echo "v=DKIM1; k=rsa; p=$spki" > record.txt; bash verify.sh)
expected=$(cat <<'EXPECTED'
RSAPublicKey
dkimpy: pass
mailauth: neutral (unknown key type)
Mail::DKIM: invalid (public key: OpenSSL error: wrong tag )
MimeKit: ArgumentException
SubjectPublicKeyInfo
dkimpy: pass
mailauth: pass
Mail::DKIM: pass
MimeKit: pass
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
