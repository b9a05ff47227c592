#!/usr/bin/env bash
# A test server greets a client only when the one before it has closed its connection.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: netDumbster 3.1.1 (NuGet)
Guess:    Two clients are served at the same time, as SMTP servers do: the second one is greeted while the first one's
          connection is open and idle.
Behavior: The second connection is accepted and gets no greeting until the first one is closed. A sender that keeps
          its connection for the next message makes every other one wait until it times out: tests need one connection
          at a time, closed after each message.
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
using var first = new TcpClient("127.0.0.1", server.Configuration.Port);
Console.WriteLine($"first: {await GreetingAsync(first)}");
using var second = new TcpClient("127.0.0.1", server.Configuration.Port);
var greeting = GreetingAsync(second);
var inTime = await Task.WhenAny(greeting, Task.Delay(3000)) == greeting;
Console.WriteLine($"second, while the first one is open: {(inTime ? await greeting : "nothing in three seconds")}");
first.Close();
Console.WriteLine($"second, when the first one is closed: {await greeting}");

static async Task<string?> GreetingAsync(TcpClient client) => (await new StreamReader(client.GetStream()).ReadLineAsync())?[..3];
FILE

seen=$(dotnet build -v q -nologo -o out > build.log 2>&1 || cat build.log; timeout 60 dotnet out/try.dll)
expected=$(cat <<'EXPECTED'
first: 220
second, while the first one is open: nothing in three seconds
second, when the first one is closed: 220
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
