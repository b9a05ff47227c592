#!/usr/bin/env bash
# A server announces SMTPUTF8, and shows question marks for a domain in Unicode.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: SmtpServer 11.1.0 (NuGet)
Guess:    It gives a message store the addresses as they came: with SMTPUTF8, which it announces, in Unicode (RFC 6531), and
          with the quotes of a quoted local part. It takes Postmaster without a domain (RFC 5321, section 4.5.1), and NOOP
          with a text (section 4.1.1.9).
Behavior: AsAddress() has "b??cher" for "bücher"; a local part in Unicode stays. A quoted local part loses its quotes, so
          that "a@b"@example.com is a@b@example.com. Postmaster and NOOP with a text are unknown commands. A test that
          looks up the recipient in this store does not find it, although the client sent it right. A domain in A-labels
          stays as it is.
FACTS

cat > try.csproj <<'FILE'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings>
  </PropertyGroup>
  <ItemGroup><PackageReference Include="SmtpServer" Version="[11.1.0]" /></ItemGroup>
</Project>
FILE

cat > Program.cs <<'FILE'
using System.Buffers;
using System.Net;
using System.Net.Sockets;
using SmtpServer;
using SmtpServer.ComponentModel;
using SmtpServer.Mail;
using SmtpServer.Protocol;
using SmtpServer.Storage;

using var probe = new TcpListener(IPAddress.Loopback, 0);
probe.Start();
var port = ((IPEndPoint)probe.LocalEndpoint).Port;
probe.Stop();
var services = new ServiceProvider();
services.Add(new Store());
var address = new IPEndPoint(IPAddress.Loopback, port);
var options = new SmtpServerOptionsBuilder().ServerName("mx.example.com").Endpoint(e => e.Endpoint(address)).Build();
_ = new SmtpServer.SmtpServer(options, services).StartAsync(CancellationToken.None);

using var client = new TcpClient();
while (!client.Connected)
    try { client.Connect(IPAddress.Loopback, port); } catch (SocketException) { await Task.Yield(); }
using var reader = new StreamReader(client.GetStream());
using var writer = new StreamWriter(client.GetStream()) { NewLine = "\r\n", AutoFlush = true };
async Task<string> Say(string? line)
{
    if (line is not null)
        await writer.WriteLineAsync(line);
    string all = "", last;
    do
        all += (last = await reader.ReadLineAsync() ?? throw new IOException()) + " ";
    while (last[3] == '-');
    return all;
}
await Say(null);
Console.WriteLine("SMTPUTF8 is announced: " + (await Say("EHLO client.example.com")).Contains("SMTPUTF8"));
string[] recipients =
    ["zoë@example.com", "ann@bücher.example", "ann@xn--bcher-kva.example", "\"ann lee\"@example.com", "\"a@b\"@example.com"];
foreach (var recipient in recipients)
    foreach (var line in new[] { "MAIL FROM:<> SMTPUTF8", $"RCPT TO:<{recipient}>", "DATA", "Subject: x\r\n\r\n." })
        await Say(line);
await Say("MAIL FROM:<>");
Console.WriteLine("RCPT TO:<Postmaster>: " + (await Say("RCPT TO:<Postmaster>"))[..24]);
Console.WriteLine("NOOP: " + await Say("NOOP"));
Console.WriteLine("NOOP hello: " + (await Say("NOOP hello"))[..24]);

class Store : MessageStore
{
    public override Task<SmtpResponse> SaveAsync(
        ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> message, CancellationToken token)
    {
        Console.WriteLine(transaction.To[0].AsAddress());
        return Task.FromResult(SmtpResponse.Ok);
    }
}
FILE

seen=$(dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; timeout 60 dotnet out/try.dll)
expected=$(cat <<'EXPECTED'
SMTPUTF8 is announced: True
zoë@example.com
ann@b??cher.example
ann@xn--bcher-kva.example
ann lee@example.com
a@b@example.com
RCPT TO:<Postmaster>: 502 Unrecognized command
NOOP: 250 Ok 
NOOP hello: 502 Unrecognized command
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
