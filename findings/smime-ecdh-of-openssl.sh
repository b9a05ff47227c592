#!/usr/bin/env bash
# S/MIME that OpenSSL encrypts for a P-256 certificate is not read by MimeKit, by GnuPG, or by .NET on Linux.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: OpenSSL 3.0 and gpgsm 2.2.40 (Debian 12), MimeKit 4.18.2 and System.Security.Cryptography.Pkcs 10.0.13 (NuGet)
Guess:    ECDH with AES-256-CBC (RFC 5753, required by RFC 8551) is read by all.
Behavior: MimeKit finds the key of the originator invalid: BouncyCastle derives another key, from NULL parameters of
          AES key wrap, which RFC 3565 does not allow. gpgsm takes what was agreed for the key of the content itself.
          .NET does not support key agreement on Linux.
FACTS

cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="MimeKit" Version="[4.18.2]" /><PackageReference Include="System.Security.Cryptography.Pkcs" Version="[10.0.13]" /></ItemGroup>
</Project>
FILE
openssl ecparam -name prime256v1 -genkey -noout -out ec.key
openssl req -x509 -new -key ec.key -out ec.crt -days 30 -subj "/CN=ec" -addext "subjectAltName=email:a@a.test" \
    -addext "keyUsage=critical,keyAgreement,keyCertSign"
openssl pkcs12 -export -legacy -in ec.crt -inkey ec.key -out ec.p12 -passout pass:x
printf 'Content-Type: text/plain\r\n\r\nHello\r\n' > body
openssl cms -encrypt -aes-256-cbc -in body -binary -outform DER -out encrypted.p7m ec.crt
for package in gpgsm=2.2.40; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
export GNUPGHOME=$folder/gnupg
mkdir -p -m 700 gnupg/private-keys-v1.d
trap 'gpgconf --kill gpg-agent || true; rm -rf "$folder"' EXIT
echo disable-crl-checks > gnupg/gpgsm.conf
echo "$(openssl x509 -in ec.crt -noout -fingerprint -sha1 | cut -d= -f2) S relax" > gnupg/trustlist.txt
gpgsm --batch --import ec.crt 2> import.log
grip=$(gpgsm --batch --dump-cert a@a.test 2> dump.log | awk '/keygrip/ { print $2 }')
part() { openssl ec -in ec.key -text -noout 2> ec.log | awk -v part="$1" '/^[a-zA-Z]/ { on = index($0, part) == 1; next } on' | tr -d ' :\n'; }
printf 'Key: (private-key (ecc (curve "NIST P-256")(q #%s#)(d #%s#)))\n' "$(part pub)" "$(part priv)" > "gnupg/private-keys-v1.d/$grip.key"

cat > Program.cs <<'FILE'
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using MimeKit;
using MimeKit.Cryptography;

try
{
    using var context = new TemporarySecureMimeContext();
    context.Import(File.OpenRead("ec.p12"), "x");
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
    cms.Decrypt(new X509Certificate2Collection(X509CertificateLoader.LoadPkcs12FromFile("ec.p12", "x")));
    Console.WriteLine($".NET: {cms.ContentInfo.Content.Length} bytes");
}
catch (Exception exception)
{
    Console.WriteLine($".NET: {exception.Message}");
}
FILE

seen=$(echo "OpenSSL: $(openssl cms -decrypt -inform DER -in encrypted.p7m -inkey ec.key -recip ec.crt | tail -1 | tr -d '\r')"; gpgsm --batch --decrypt encrypted.p7m 2>&1 | grep "session key failed"; dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; dotnet out/try.dll)
expected=$(cat <<'EXPECTED'
OpenSSL: Hello
gpgsm: decrypting session key failed: Invalid session key
MimeKit: originator key invalid.
.NET: The recipient type 'KeyAgreement' is not supported for encryption or decryption on this platform.
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
