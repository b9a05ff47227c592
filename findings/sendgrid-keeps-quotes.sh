#!/usr/bin/env bash
# A helper of an email service takes the quotes of a display name for a part of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: SendGrid 9.29.3 (NuGet), MimeKit 4.18.2 (NuGet)
Guess:    MailHelper.StringToEmailAddress reads an address as it is written in a header field: "Lee, Ann" <ann@example.org> has the
          name Lee, Ann. A list of two addresses is refused.
Behavior: The quotes, the backslashes and the encoding stay in the name, and the recipient sees them. A comment behind an address,
          and all that follows the first address of a list, is part of the address, which the service has to refuse. Parse with
          MimeKit, and give name and address to EmailAddress.
FACTS

cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="SendGrid" Version="[9.29.3]" /><PackageReference Include="MimeKit" Version="[4.18.2]" /></ItemGroup>
</Project>
FILE

cat > Program.cs <<'FILE'
using SendGrid.Helpers.Mail;

foreach (var text in new[] { "Ann Lee <ann@example.org>", "\"Lee, Ann\" <ann@example.org>", "\"Ann \\\"Annie\\\" Lee\" <ann@example.org>",
    "=?utf-8?q?M=C3=BCller?= <ann@example.org>", "ann@example.org (Ann Lee)",
    "Ann <ann@example.org>, Bob <bob@example.net>" })
{
    var sendGrid = MailHelper.StringToEmailAddress(text);
    Console.WriteLine(text);
    Console.WriteLine($"    SendGrid: {sendGrid.Name} | {sendGrid.Email}");
    var isRead = MimeKit.MailboxAddress.TryParse(text, out var mailbox);
    Console.WriteLine("    MimeKit: " + (isRead ? $"{mailbox.Name} | {mailbox.Address}" : "refused"));
}
FILE

seen=$(dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; dotnet out/try.dll)
expected=$(cat <<'EXPECTED'
Ann Lee <ann@example.org>
    SendGrid: Ann Lee | ann@example.org
    MimeKit: Ann Lee | ann@example.org
"Lee, Ann" <ann@example.org>
    SendGrid: "Lee, Ann" | ann@example.org
    MimeKit: Lee, Ann | ann@example.org
"Ann \"Annie\" Lee" <ann@example.org>
    SendGrid: "Ann \"Annie\" Lee" | ann@example.org
    MimeKit: Ann "Annie" Lee | ann@example.org
=?utf-8?q?M=C3=BCller?= <ann@example.org>
    SendGrid: =?utf-8?q?M=C3=BCller?= | ann@example.org
    MimeKit: Müller | ann@example.org
ann@example.org (Ann Lee)
    SendGrid:  | ann@example.org (Ann Lee)
    MimeKit: Ann Lee | ann@example.org
Ann <ann@example.org>, Bob <bob@example.net>
    SendGrid: Ann | ann@example.org>, Bob <bob@example.net
    MimeKit: refused
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
