#!/usr/bin/env bash
# S/MIME that OpenSSL encrypts with AES-GCM, which RFC 8551 requires, is read by OpenSSL alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: OpenSSL 3.0 and gpgsm 2.2.40 (Debian 12), MimeKit 4.18.2 and System.Security.Cryptography.Pkcs
          10.0.13 (NuGet)
Guess:    MimeKit and gpgsm decrypt authEnvelopedData with AES-256-GCM (RFC 5084); .NET may lack it.
Behavior: gpgsm finds the initialization vector too short, MimeKit says that the check of the MAC failed, and
          .NET does not know the type. All read AES-256-CBC: it stays the choice for encryption.
FACTS

cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="MimeKit" Version="[4.18.2]" /><PackageReference Include="System.Security.Cryptography.Pkcs" Version="[10.0.13]" /></ItemGroup>
</Project>
FILE
openssl req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.crt -days 30 -subj "/CN=rsa" -addext "subjectAltName=email:a@a.test" \
    -addext "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign" 2> openssl.log
openssl pkcs12 -export -legacy -in rsa.crt -inkey rsa.key -out rsa.p12 -passout pass:x
printf 'Content-Type: text/plain\r\n\r\nHello\r\n' > body
for package in gpgsm=2.2.40; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
export GNUPGHOME=$folder/gnupg
mkdir -m 700 gnupg
trap 'gpgconf --kill gpg-agent || true; rm -rf "$folder"' EXIT
echo disable-crl-checks > gnupg/gpgsm.conf
echo allow-loopback-pinentry > gnupg/gpg-agent.conf
echo "$(openssl x509 -in rsa.crt -noout -fingerprint -sha1 | cut -d= -f2) S relax" > gnupg/trustlist.txt
echo x | gpgsm --batch --pinentry-mode loopback --passphrase-fd 0 --import rsa.p12 2> import.log

cat > Program.cs <<'FILE'
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using MimeKit;
using MimeKit.Cryptography;

try
{
    using var context = new TemporarySecureMimeContext();
    context.Import(File.OpenRead("rsa.p12"), "x");
    Console.WriteLine("MimeKit: " + ((TextPart)context.Decrypt(File.OpenRead("encrypted.p7m"))).Text.Trim());
}
catch (Exception exception)
{
    Console.WriteLine($"MimeKit: {exception.Message}");
}
try
{
    var cms = new EnvelopedCms();
    cms.Decode(File.ReadAllBytes("encrypted.p7m"));
    cms.Decrypt(new X509Certificate2Collection(X509CertificateLoader.LoadPkcs12FromFile("rsa.p12", "x")));
    Console.WriteLine($".NET: {cms.ContentInfo.Content.Length} bytes");
}
catch (Exception exception)
{
    Console.WriteLine($".NET: {exception.Message}");
}
FILE

cat > try.sh <<'FILE'
dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log
for cipher in -aes-256-cbc -aes-256-gcm; do
    echo "$cipher"
    openssl cms -encrypt $cipher -in body -binary -outform DER -out encrypted.p7m rsa.crt
    echo "OpenSSL: $(openssl cms -decrypt -inform DER -in encrypted.p7m -inkey rsa.key -recip rsa.crt | tail -1 | tr -d '\r')"
    echo x | gpgsm --batch --pinentry-mode loopback --passphrase-fd 0 --decrypt encrypted.p7m > text 2> decrypt.log || true
    cmp -s text body && echo "gpgsm: Hello" || grep -o "error getting IV.*" decrypt.log | sed 's/^/gpgsm: /'
    dotnet out/try.dll
done
FILE

seen=$(bash try.sh)
expected=$(cat <<'EXPECTED'
-aes-256-cbc
OpenSSL: Hello
gpgsm: Hello
MimeKit: Hello
.NET: 35 bytes
-aes-256-gcm
OpenSSL: Hello
gpgsm: error getting IV: Buffer too short
MimeKit: mac check in GCM failed
.NET: Invalid cryptographic message type.
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
