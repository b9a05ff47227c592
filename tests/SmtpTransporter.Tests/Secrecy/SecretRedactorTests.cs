using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// Tests each mechanism, each way in which an authentication or the message after it can end, and a server that echoes what it received:
/// no result, exception, log, trace or other output of the library contains a password, a token or a line of the authentication.
/// </summary>
public sealed class SecretRedactorTests : SocketTest, IDisposable
{
    private static int _last;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("smtp-secrets-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("right")]
    [InlineData("server")]
    [InlineData("STARTTLS")]
    public async Task A_password_that_is_one_of_our_own_words_does_not_show_itself_by_being_masked(string password)
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var port = ((System.Net.IPEndPoint)silent.LocalEndpoint).Port;
        await using var transporter = new SmtpTransporter(
            new ServerOptions
            {
                Host = "localhost",
                Port = port,
                User = "me",
                Password = password,
                ConnectionTimeout = TimeSpan.FromMilliseconds(300),
            });

        var result = await transporter.SendAsync(NewMail(), Cancellation);
        var status = await transporter.CheckConnectionAsync(Cancellation);

        Assert.Equal(SmtpErrorKind.Timeout, result.Errors[^1].Kind);
        Assert.DoesNotContain("***", result.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("***", status.ToString(), StringComparison.Ordinal);
        Assert.All(result.Errors, e => Assert.DoesNotContain("***", e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_server_s_sentence_with_a_word_that_is_the_password_is_masked_as_a_whole()
    {
        var secrets = new SecretRedactor([new ServerOptions { Host = "x", Password = "right" }]);

        Assert.Equal("***", secrets.Redact("5.7.8 That is not right"));
        Assert.Equal("5.7.8 That is wrong", secrets.Redact("5.7.8 That is wrong"));
        var said = "not right";
        var error = SmtpError.Of(6001, $"Is it the right server? It says \"{said}\".", "smtp");
        Assert.Equal("Is it the right server? It says \"***\".", error.WithTexts(secrets.Redact).Message);
        Assert.Equal("Is it the right server? It says \"***\".", error.WithTexts(secrets.Redact).MaskedMessage);
    }

    [Fact]
    public void Only_the_last_tokens_are_searched_for()
    {
        var secrets = new SecretRedactor([new ServerOptions { Host = "x", Password = "pa55-word" }]);
        for (var i = 0; i < 8; i++)
            secrets.AddToken($"token-number-{i}");
        var count = secrets.Count;
        for (var i = 0; i < 1000; i++)
            secrets.AddToken($"token-number-{i % 500}");

        Assert.InRange(secrets.Count, 1, count + 8);
        Assert.Equal("*** *** token-number-7", secrets.Redact("token-number-499 pa55-word token-number-7"));
    }

    public static TheoryData<AuthenticationMode, string, bool> Logins
    {
        get
        {
            (AuthenticationMode, string)[] mechanisms =
            [
                (AuthenticationMode.Plain, "PLAIN"), (AuthenticationMode.Login, "LOGIN"), (AuthenticationMode.CramMd5, "CRAM-MD5"),
                (AuthenticationMode.ScramSha1, "SCRAM-SHA-1"), (AuthenticationMode.ScramSha1, "SCRAM-SHA-1-PLUS"),
                (AuthenticationMode.ScramSha256, "SCRAM-SHA-256"), (AuthenticationMode.ScramSha256, "SCRAM-SHA-256-PLUS"),
                (AuthenticationMode.ScramSha512, "SCRAM-SHA-512"), (AuthenticationMode.ScramSha512, "SCRAM-SHA-512-PLUS"),
                (AuthenticationMode.Ntlm, "NTLM"), (AuthenticationMode.OAuth2, "XOAUTH2"), (AuthenticationMode.OAuth2, "OAUTHBEARER"),
                (AuthenticationMode.OAuthBearer, "OAUTHBEARER"),
            ];
            var logins = new TheoryData<AuthenticationMode, string, bool>();
            foreach (var (mode, mechanism) in mechanisms)
            {
                logins.Add(mode, mechanism, false);
                logins.Add(mode, mechanism, true);
            }

            return logins;
        }
    }

    [Theory]
    [MemberData(nameof(Logins))]
    public async Task No_secret_leaves_the_library_anywhere(AuthenticationMode mode, string mechanism, bool async)
    {
        await using var certified = SmtpTestServer.Start();
        using var outlets = new Outlets();
        // Each scenario has its own secret, so that every leak can be attributed to its scenario.
        var scenarios = Enum.GetValues<Manner>().Where(m => m.Exists(mode))
            .Select(manner => new Scenario(this, mode, mechanism, async, manner, certified.Certificate!)).ToList();

        await Task.WhenAll(scenarios.Select(s => s.RunAsync()));
        CollectGarbage();

        var (written, thrown) = (outlets.Written(), outlets.Thrown());
        var leaks = scenarios.SelectMany(s => s.Leaks(written, thrown)).ToList();
        Assert.True(leaks.Count == 0, string.Join('\n', leaks));
    }

    // Tasks with unobserved exceptions report them when they are collected.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CollectGarbage()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private sealed class Scenario
    {
        private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

        private readonly SecretRedactorTests _test;
        private readonly bool _async;
        private readonly string _mechanism;
        private readonly Manner _manner;
        private readonly X509Certificate2 _certificate;
        private readonly string _secret;
        private readonly ServerOptions _options;
        private readonly SecretScanner _scanner;
        private readonly ConcurrentBag<(string Place, string Text)> _texts = [];

        public Scenario(
            SecretRedactorTests test, AuthenticationMode mode, string mechanism, bool async, Manner manner, X509Certificate2 certificate)
        {
            (_test, _async, _mechanism, _manner, _certificate) = (test, async, mechanism, manner, certificate);
            var number = Interlocked.Increment(ref _last);
            // Every other secret needs escapes in every output; in the other kind of call, the remaining secrets do.
            _secret = (int)manner % 2 == (async ? 1 : 0) ? $"Pw{number:0000}-\"ä&x" : $"hunter{number:0000}hunter";
            var user = $"me{number:0000}@example.com";
            // Not if a refused token is renewed, which would be another end; nor if the server has the token before the client.
            var provided = manner is Manner.Accept or Manner.Cancel or Manner.RefuseSender;
            var token = mode is AuthenticationMode.OAuth2 or AuthenticationMode.OAuthBearer;
            _options = new ServerOptions
            {
                Host = "localhost",
                ImplicitTls = true,
                TrustedCertificates = [certificate],
                AuthenticationMode = mode,
                User = user,
                Password = token ? null : _secret,
                AccessTokenOAuth2 = token && !provided ? _secret : null,
                AccessTokenProvider = token && provided ? new Tokens(_secret) : null,
                LogFile = Path.Combine(test._folder.FullName, $"{number}.log"),
            };
            _scanner = new SecretScanner(user, _secret);
        }

        public async Task RunAsync()
        {
            await using var server = new EchoServer(_mechanism, _secret, _manner, _certificate);
            var options = _options with { Port = server.Port };
            Say("options", options.ToString());
            var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
            await using (var transporter = new SmtpTransporter(options, null, time, new SystemResolver()))
            {
                switch (_manner)
                {
                    case Manner.Cancel:
                        using (var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation))
                        {
                            var sending = SendAsync(transporter, _async, ct: cancellation.Token);
                            await server.HangsAsync(Cancellation);
                            await cancellation.CancelAsync();
                            var canceled = await Assert.ThrowsAsync<SendCanceledException>(() => sending);
                            Say("exception", canceled.ToString());
                            Say(canceled.Result);
                        }

                        break;
                    case Manner.Hang:
                        Say(await InTimeAsync(SendAsync(transporter, _async), server, time));
                        Say(await InTimeAsync(CheckAsync(transporter, _async), server, time));
                        break;
                    default:
                        Say(await SendAsync(transporter, _async));
                        Say(await CheckAsync(transporter, _async));
                        break;
                }
            }

            Assert.NotEmpty(server.Replies);
            foreach (var reply in server.Replies)
                _scanner.Learn(reply);
            var log = await File.ReadAllTextAsync(_options.LogFile!, Cancellation);
            Assert.Contains($"C > AUTH {_mechanism}", log, StringComparison.Ordinal);
            Say("log", log);
        }

        /// <summary>Lets ConnectionTimeout pass as soon as the authentication hangs.</summary>
        private async Task<T> InTimeAsync<T>(Task<T> operation, EchoServer server, FakeTimeProvider time)
        {
            await server.HangsAsync(Cancellation);
            time.Advance(_options.ConnectionTimeout);
            return await operation;
        }

        public IEnumerable<string> Leaks(string written, string thrown)
        {
            Say("in passing", written);
            // Exceptions inside MailKit contain the reply of the server; the library masks it before it throws.
            if (!_manner.Echoes())
                Say("thrown", thrown);
            return
                from text in _texts
                from line in text.Text.Split('\n')
                from form in _scanner.Find(line)
                select $"{_manner}: {form} in {text.Place}: {line}";
        }

        private void Say(SendResult result)
        {
            var expected = _manner.Expected();
            Assert.True((result.Outcome, result.Status) == expected, $"{_mechanism} {_manner}: {Describe(result)}");
            Say("result", result.ToString());
            Say("result in JSON", JsonSerializer.Serialize(result));
            Say("result in relaxed JSON", JsonSerializer.Serialize(result, Relaxed));
            Say("errors", string.Join('\n', [.. result.Errors, .. result.Warnings]));
            Say("recipients", string.Join('\n', result.Recipients));
            if (!result.Success)
                Say("exception", Assert.Throws<SmtpTransporterException>(result.EnsureSuccess).ToString());
            if (_manner.Echoes() && expected.Status != 0)
                Assert.Contains("***", result.StatusText, StringComparison.Ordinal);
        }

        private void Say(ConnectionStatus status)
        {
            Say("status", status.ToString());
            Say("status in JSON", JsonSerializer.Serialize(status));
            Say("status in relaxed JSON", JsonSerializer.Serialize(status, Relaxed));
            Say("errors of the status", string.Join('\n', [.. status.Errors, .. status.Warnings]));
        }

        private void Say(string place, string text) => _texts.Add((place, text));
    }

    private sealed class Tokens(string token) : IAccessTokenProvider
    {
        public ValueTask<AccessToken> GetTokenAsync(bool renew, CancellationToken cancellationToken) =>
            renew ? throw new InvalidOperationException($"{token} cannot be renewed") : new(new AccessToken(token));
    }
}
