using System.Globalization;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class ExtendedLogTests : SocketTest, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("smtp-log-");

    private string LogPath => Path.Combine(_folder.FullName, "deep", "smtp.log");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_log_contains_the_whole_conversation_in_five_columns(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users, Chunking = false });
        var email = NewMail();
        email.TextBody = "A line of the body\n.\nwith\ta tab\n";

        await using (var transporter = new SmtpTransporter(server.ToServerOptions() with { LogFile = LogPath }))
            AssertAccepted(await SendAsync(transporter, async, email));

        var lines = await ReadAsync();
        Assert.All(lines, AssertFiveColumns);
        Assert.Equal(Enumerable.Range(1, lines.Length), lines.Select(l => int.Parse(l.Split('\t')[0], CultureInfo.InvariantCulture)));
        Assert.Single(lines.Select(l => l.Split('\t')[3]).Distinct());
        var text = lines.Select(l => l.Split('\t', 5)[4]).ToArray();
        Assert.Equal($"Connected to localhost:{server.Port}, no TLS yet", text[0]);
        Assert.StartsWith("S < 220 ", text[1], StringComparison.Ordinal);
        Assert.StartsWith("C > EHLO ", text[2], StringComparison.Ordinal);
        Assert.Contains("C > STARTTLS", text);
        Assert.Contains("C > AUTH SCRAM-SHA-256 ***", text);
        Assert.Contains("C > MAIL FROM:<me@example.com>", string.Join('\n', text), StringComparison.Ordinal);
        Assert.Contains("C > Subject: Hello", text);
        Assert.Contains("C > A line of the body", text);
        Assert.Contains("C > ..", text);
        Assert.Contains("C > with\ta tab", text);
        Assert.Contains("C > .", text);
        Assert.Contains(text, l => l.StartsWith("S < 250 2.0.0 Ok: queued as ", StringComparison.Ordinal));
        Assert.Equal(["C > QUIT", "S < 221 2.0.0 Bye", "Closed"], text[^3..]);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Without_contents_the_log_has_the_conversation_and_the_sizes(bool async, bool chunking)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Chunking = chunking });
        var email = NewMail();
        email.TextBody = "A secret of the body\r\n.\r\n..\r\nBDAT 5\r\nRCPT TO:<x@y.example>\r\n";
        var large = NewMail();
        large.Attachments.Add(MailAttachment.FromBytes(new byte[4_000_000], "large.bin"));

        SendResult first, second;
        await using (var transporter = new SmtpTransporter(server.ToServerOptions() with { LogFile = LogPath, LogContents = false }))
        {
            first = await SendAsync(transporter, async, email);
            second = await SendAsync(transporter, async, large);
        }

        AssertAccepted(first);
        AssertAccepted(second);
        var text = (await ReadAsync()).Select(l => l.Split('\t', 5)[4]).ToArray();
        foreach (var content in new[] { "secret", "Subject", "x@y.example", "AAAA" })
            Assert.DoesNotContain(text, l => l.Contains(content, StringComparison.Ordinal));
        Assert.Equal(2, text.Count(l => l.StartsWith("C > MAIL FROM:<me@example.com>", StringComparison.Ordinal)));
        Assert.Equal(2, text.Count(l => l.StartsWith("C > RCPT TO:<ann@example.org>", StringComparison.Ordinal)));
        Assert.Equal("C > QUIT", text[^3]);
        var sizes = text.Where(l => l.EndsWith(" octets of the message)", StringComparison.Ordinal))
            .Select(l => long.Parse(l["C > (".Length..].Split(' ')[0], CultureInfo.InvariantCulture)).ToList();
        // With DATA, what was sent has the doubled dots and the end of the message.
        Assert.Equal(chunking ? first.Size : first.Size + 2 + ".\r\n".Length, sizes[0]);
        Assert.Equal(chunking ? second.Size : second.Size + ".\r\n".Length, sizes.Skip(1).Sum());
    }

    [Fact]
    public async Task A_full_log_is_recycled_and_the_newest_files_are_kept()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using (var transporter = new SmtpTransporter(
            server.ToServerOptions() with { LogFile = LogPath, LogMaxSize = 2000, LogMaxFiles = 3, MaxConnections = 4 }))
        {
            await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ => AssertAccepted(await SendAsync(transporter, async: true))));
        }

        var folder = Path.GetDirectoryName(LogPath)!;
        Assert.Equal(
            ["smtp.1.log", "smtp.2.log", "smtp.log"],
            Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var lines = new List<string>();
        foreach (var name in new[] { "smtp.2.log", "smtp.1.log", "smtp.log" })
        {
            var file = Path.Combine(folder, name);
            Assert.InRange(new FileInfo(file).Length, 1, 2000);
            lines.AddRange(await File.ReadAllLinesAsync(file, Cancellation));
        }
        Assert.All(lines, AssertFiveColumns);
        var numbers = lines.ConvertAll(l => int.Parse(l.Split('\t')[0], CultureInfo.InvariantCulture));
        Assert.Equal(Enumerable.Range(numbers[0], numbers.Count), numbers);
    }

    [Fact]
    public async Task A_log_that_cannot_be_renamed_loses_no_line_and_no_older_file()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        var folder = Path.GetDirectoryName(LogPath)!;
        var older = Path.Combine(folder, "smtp.2.log");
        // A folder has the name that the full file should get.
        Directory.CreateDirectory(Path.Combine(folder, "smtp.1.log"));
        await File.WriteAllTextAsync(older, "older", Cancellation);
        var results = new List<SendResult>();
        await using (var transporter = new SmtpTransporter(
            server.ToServerOptions() with { LogFile = LogPath, LogMaxSize = 1500, LogMaxFiles = 4 }))
        {
            for (var i = 0; i < 5; i++)
                results.Add(await SendAsync(transporter, async: true));
        }

        Assert.All(results, AssertAccepted);
        Assert.Equal("older", await File.ReadAllTextAsync(older, Cancellation));
        var numbers = (await ReadAsync()).Select(l => int.Parse(l.Split('\t')[0], CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(Enumerable.Range(1, numbers.Count), numbers);
        Assert.EndsWith("\tClosed", (await ReadAsync())[^1], StringComparison.Ordinal);
        var warning = Assert.Single(results.SelectMany(r => r.Warnings));
        Assert.Equal(SmtpErrorCodes.LogWriteFailed, warning.ErrCode);
        Assert.Contains("cannot be recycled", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_of_one_file_begins_anew()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using (var transporter = new SmtpTransporter(
            server.ToServerOptions() with { LogFile = LogPath, LogMaxSize = 1500, LogMaxFiles = 1 }))
        {
            for (var i = 0; i < 5; i++)
                AssertAccepted(await SendAsync(transporter, async: true));
        }

        Assert.Equal([LogPath], Directory.GetFiles(Path.GetDirectoryName(LogPath)!));
        Assert.InRange(new FileInfo(LogPath).Length, 1, 1500);
        Assert.EndsWith("\tClosed", (await ReadAsync())[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AuthenticationMode.Plain, true, false)]
    [InlineData(AuthenticationMode.Plain, false, true)]
    [InlineData(AuthenticationMode.Login, true, true)]
    [InlineData(AuthenticationMode.Login, false, false)]
    [InlineData(AuthenticationMode.CramMd5, false, true)]
    [InlineData(AuthenticationMode.ScramSha256, true, true)]
    [InlineData(AuthenticationMode.OAuth2, true, false)]
    [InlineData(AuthenticationMode.OAuth2, false, true)]
    [InlineData(AuthenticationMode.OAuthBearer, false, true)]
    public async Task No_secret_reaches_the_log(AuthenticationMode mode, bool right, bool async)
    {
        const string Token = "ya29.secret-token";
        var byToken = mode is AuthenticationMode.OAuth2 or AuthenticationMode.OAuthBearer;
        await using var server = SmtpTestServer.Start(byToken ? new() { AccessToken = Token } : new() { Users = Users });
        var secret = byToken ? right ? Token : "ya29.wrong-token" : right ? Password : "wrong-but-still-secret";
        var options = server.ToServerOptions() with
        {
            AuthenticationMode = mode,
            Password = byToken ? null : secret,
            AccessTokenOAuth2 = byToken ? secret : null,
            LogFile = LogPath,
        };
        SendResult result;
        ConnectionStatus status;
        await using (var transporter = new SmtpTransporter(options))
        {
            status = await CheckAsync(transporter, async);
            result = await SendAsync(transporter, async);
        }

        Assert.Equal(right, result.Success);
        Assert.Equal(right, status.Success);
        var exception = right ? null : Assert.Throws<SmtpTransporterException>(result.EnsureSuccess);
        string[] places =
        [
            .. await ReadAsync(), .. server.Sessions.SelectMany(s => s.Transcript), options.ToString(), result.ToString(),
            .. result.Errors.Select(e => e.ToString()), .. result.Recipients.Select(r => r.ToString()), result.StatusText,
            status.ToString(), .. status.Errors.Select(e => e.ToString()), exception?.ToString() ?? "",
        ];
        foreach (var form in FormsOf(options.User!, secret))
            Assert.All(places, place => Assert.DoesNotContain(form, place, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Transporters_and_connections_write_whole_lines_to_one_shared_file(bool async)
    {
        await using var server = SmtpTestServer.Start();
        var options = server.ToServerOptions() with { LogFile = LogPath };

        await using (var first = new SmtpTransporter(options))
        await using (var second = new SmtpTransporter(options))
        {
            var sends = Enumerable.Range(0, 20).Select(i => SendAsync(i % 2 == 0 ? first : second, async));
            Assert.All(await Task.WhenAll(sends), AssertAccepted);
        }

        var lines = await ReadAsync();
        Assert.All(lines, AssertFiveColumns);
        Assert.Equal(server.Sessions.Count, lines.Select(l => l.Split('\t')[3]).Distinct().Count());
        Assert.Equal(20, lines.Count(l => l.EndsWith("\tC > Hello Ann", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task New_lines_are_appended_to_an_existing_log()
    {
        await using var server = SmtpTestServer.Start();
        Directory.CreateDirectory(Path.GetDirectoryName(LogPath)!);
        await File.WriteAllTextAsync(LogPath, "what was there\n", Cancellation);

        await using (var transporter = new SmtpTransporter(server.ToServerOptions() with { LogFile = LogPath }))
            AssertAccepted(await SendAsync(transporter, async: true));

        Assert.Equal("what was there", (await ReadAsync())[0]);
    }

    [Fact]
    public void A_relative_log_name_is_resolved_in_the_logs_folder()
    {
        var name = $"{Guid.NewGuid():N}.log";
        new SmtpTransporter(new ServerOptions { Host = "smtp.example.com", LogFile = name }).Dispose();
        var path = Path.Combine(Environment.CurrentDirectory, "Logs", name);

        Assert.True(File.Exists(path));
        File.Delete(path);
    }

    [Fact]
    public void The_constructor_throws_if_the_log_cannot_be_opened()
    {
        var exception = Assert.Throws<ArgumentException>(
            () => new SmtpTransporter(new ServerOptions { Host = "smtp.example.com", LogFile = _folder.FullName }));

        Assert.Equal(nameof(ServerOptions.LogFile), exception.ParamName);
        Assert.Contains(_folder.FullName, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_log_that_cannot_be_written_later_causes_a_warning_not_a_failure(bool async)
    {
        Assert.SkipWhen(!File.Exists("/dev/full"), "This machine does not have the device /dev/full.");
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { LogFile = "/dev/full" });

        var result = await SendAsync(transporter, async);

        AssertAccepted(result);
        var warning = Assert.Single(result.Warnings);
        Assert.Equal((SmtpErrorCodes.LogWriteFailed, "log"), (warning.ErrCode, warning.ComponentSignature));
        Assert.Empty((await SendAsync(transporter, async)).Warnings);
    }

    private static void AssertFiveColumns(string line)
    {
        var columns = line.Split('\t', 5);
        Assert.Equal(5, columns.Length);
        Assert.True(DateTimeOffset.TryParseExact(
            columns[1], "yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out _), line);
        Assert.Equal(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), columns[2]);
    }

    /// <summary>The secret itself, and its base64 forms in SASL responses: alone, and after each of the prefixes.</summary>
    private static IEnumerable<string> FormsOf(string user, string secret)
    {
        yield return secret;
        string[] messages =
        [
            secret, $"\0{user}\0{secret}", $"user={user}\u0001auth=Bearer {secret}\u0001\u0001",
            $"n,a={user},\u0001auth=Bearer {secret}\u0001\u0001",
        ];
        foreach (var message in messages)
            yield return Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(message)).TrimEnd('=');
        // Base64 has three alignments; the middle of the secret appears in one of them at any position.
        for (var shift = 0; shift < 3; shift++)
            yield return Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(secret[shift..^((secret.Length - shift) % 3)]));
    }

    private Task<string[]> ReadAsync() => File.ReadAllLinesAsync(LogPath, Cancellation);
}
