using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace SmtpTransport.BrowserTests;

/// <summary>
/// A page in Debian's Firefox. Playwright drives only a Firefox of its own; this one is driven by WebDriver BiDi, which Firefox itself
/// offers over a WebSocket. Used by one caller at a time.
/// </summary>
internal sealed class FirefoxPage : IAsyncDisposable
{
    private const string Listening = "WebDriver BiDi listening on ";

    private readonly Process _firefox;
    private readonly DirectoryInfo _profile;
    private readonly ClientWebSocket _socket = new();
    private string _context = "";
    private int _lastId;

    private FirefoxPage(Process firefox, DirectoryInfo profile) => (_firefox, _profile) = (firefox, profile);

    /// <summary>Opens it in dark colors; Chromium shows both.</summary>
    public static async Task<FirefoxPage> OpenAsync(string url, CancellationToken cancellationToken)
    {
        var profile = Directory.CreateTempSubdirectory("firefox");
        // 0 is dark.
        await File.WriteAllTextAsync(
            Path.Combine(profile.FullName, "user.js"),
            "user_pref(\"layout.css.prefers-color-scheme.content-override\", 0);\n", cancellationToken);
        var start = new ProcessStartInfo(
            "/usr/bin/firefox-esr", ["--headless", "--no-remote", "--profile", profile.FullName, "--remote-debugging-port", "0"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["HOME"] = profile.FullName;
        var address = new TaskCompletionSource<string>();
        var firefox = new Process { StartInfo = start };
        firefox.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is null)
                address.TrySetException(new InvalidOperationException("Firefox has ended."));
            else if (e.Data.StartsWith(Listening, StringComparison.Ordinal))
                address.TrySetResult(e.Data[Listening.Length..]);
        };
        firefox.Start();
        firefox.BeginErrorReadLine();
        firefox.BeginOutputReadLine();
        var page = new FirefoxPage(firefox, profile);
        await page._socket.ConnectAsync(new Uri(await address.Task.WaitAsync(cancellationToken) + "/session"), cancellationToken);
        await page.CallAsync("session.new", new JsonObject { ["capabilities"] = new JsonObject() }, cancellationToken);
        var tree = await page.CallAsync("browsingContext.getTree", [], cancellationToken);
        page._context = (string)tree["contexts"]![0]!["context"]!;
        await page.CallAsync(
            "browsingContext.navigate", new JsonObject { ["context"] = page._context, ["url"] = url, ["wait"] = "complete" },
            cancellationToken);
        return page;
    }

    /// <summary>Runs a script whose result is a text or the promise of one.</summary>
    public async Task<string> EvaluateAsync(string script, CancellationToken cancellationToken)
    {
        var answer = await CallAsync(
            "script.evaluate",
            new JsonObject
            {
                ["expression"] = script,
                ["target"] = new JsonObject { ["context"] = _context },
                ["awaitPromise"] = true,
            },
            cancellationToken);
        return answer["result"] is { } result && (string?)result["type"] == "string"
            ? (string)result["value"]!
            : throw new InvalidOperationException($"The script failed: {answer.ToJsonString()}");
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _firefox.Kill(entireProcessTree: true);
        await _firefox.WaitForExitAsync();
        _firefox.Dispose();
        _profile.Delete(recursive: true);
    }

    private async Task<JsonNode> CallAsync(string method, JsonObject parameters, CancellationToken cancellationToken)
    {
        var id = ++_lastId;
        var command = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        await _socket.SendAsync(
            Encoding.UTF8.GetBytes(command.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        while (true)
        {
            var answer = JsonNode.Parse(await ReceiveAsync(cancellationToken))!;
            // What has no id is an event.
            if ((int?)answer["id"] != id)
                continue;
            return answer["result"] ?? throw new InvalidOperationException($"{method}: {answer["message"]}");
        }
    }

    private async Task<string> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        ValueWebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return Encoding.UTF8.GetString(message.GetBuffer(), 0, (int)message.Length);
    }
}
