#!/usr/bin/env bash
# An HTML body that gets an alternative text is sent as plain text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: System.Net.Mail of .NET 10 (seen with 10.0.12)
Guess:    A message whose Body is HTML (IsBodyHtml) and that has an alternate view in plain text is an alternative of text/plain
          and text/html, whichever comes first.
Behavior: As soon as there is an alternate view, IsBodyHtml is not looked at: the HTML is sent as text/plain, and recipients see
          its tags. Without the view, and with an attachment, it is text/html. Write the text into Body and the HTML as the view.
FACTS

cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
</Project>
FILE

cat > Program.cs <<'FILE'
using System.Net.Mail;

void Show(string name, Action<MailMessage> change)
{
    var message = new MailMessage { From = new("shop@example.com"), Subject = "Order", Body = "<p>Thank you</p>", IsBodyHtml = true };
    message.To.Add("ann@example.org");
    change(message);
    var folder = Directory.CreateTempSubdirectory().FullName;
    using var client = new SmtpClient { DeliveryMethod = SmtpDeliveryMethod.SpecifiedPickupDirectory, PickupDirectoryLocation = folder };
    client.Send(message);
    var lines = File.ReadAllLines(Directory.GetFiles(folder)[0]);
    Directory.Delete(folder, true);
    var type = lines.Last(line => line.StartsWith("Content-Type:") && Array.IndexOf(lines, line) < Array.FindIndex(lines, IsHtml));
    Console.WriteLine($"{name}: the HTML is {type.Split(' ', ';')[1]}");
}

static bool IsHtml(string line) => line.Contains("Thank you</p>");

Show("HTML alone", _ => { });
Show("with an attachment", message => message.Attachments.Add(Attachment.CreateAttachmentFromString("1", "one.txt")));
Show("with an alternate view", message => message.AlternateViews.Add(
    AlternateView.CreateAlternateViewFromString("Thank you", null, "text/plain")));
FILE

seen=$(dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; dotnet out/try.dll)
expected=$(cat <<'EXPECTED'
HTML alone: the HTML is text/html
with an attachment: the HTML is text/html
with an alternate view: the HTML is text/plain
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
