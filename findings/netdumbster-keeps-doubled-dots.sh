#!/usr/bin/env bash
# A test server shows the dots that the client doubles, takes no bounce, and does not show the envelope's sender.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: netDumbster 3.1.1 (NuGet)
Guess:    A line that begins with a dot, and is sent with two (RFC 5321, section 4.5.2), has one in the message that was received. The
          null path is taken as a sender (section 4.5.5). FromAddress is the sender of MAIL.
Behavior: Both dots are in the message. MAIL FROM:<> is answered with 451, which asks for another try. FromAddress is the author
          in the header.
FACTS

cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="netDumbster" Version="[3.1.1]" /></ItemGroup>
</Project>
FILE

cat > Program.cs <<'FILE'
using System.Net.Sockets;
using netDumbster.smtp;

using var server = SimpleSmtpServer.Start();
using var client = new TcpClient("127.0.0.1", server.Configuration.Port);
var reader = new StreamReader(client.GetStream());
var writer = new StreamWriter(client.GetStream()) { NewLine = "\r\n", AutoFlush = true };

string Say(string? line)
{
    if (line is not null)
        writer.WriteLine(line);
    string reply;
    do
        reply = reader.ReadLine()!;
    while (reply[3] == '-');
    return reply;
}

Say(null);
Say("EHLO client.test");
Console.WriteLine("MAIL FROM:<>: " + Say("MAIL FROM:<>"));
Say("RSET");
Say("MAIL FROM:<bounces@list.test>");
Say("RCPT TO:<ann@ok.test>");
Say("DATA");
Say("From: bob@client.test\r\nSubject: x\r\n\r\n..one dot\r\n.");
var message = server.ReceivedEmail.Single();
Console.WriteLine("FromAddress: " + message.FromAddress.Address);
Console.WriteLine("Line: " + message.Data.Split('\n').Single(l => l.Contains("one dot")).TrimEnd());
FILE

seen=$(dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; timeout 60 dotnet out/try.dll)
expected=$(cat <<'EXPECTED'
MAIL FROM:<>: 451 Address is invalid.
FromAddress: bob@client.test
Line: ..one dot
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
