using Microsoft.Extensions.Logging;
using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.FeedbackTests;

public sealed class MailboxLoginTests : MailboxTest
{
    private const string Refusal = "NO [AUTHENTICATIONFAILED] Authentication failed.";

    private int Logins => Server.Seen.Count(c => c.StartsWith("AUTHENTICATE", StringComparison.Ordinal));

    [Fact]
    public async Task A_refused_login_is_not_tried_again_for_a_minute()
    {
        Server.Answer = command => command.StartsWith("AUTHENTICATE", StringComparison.Ordinal) ? Refusal : null;
        var mailbox = Open();

        var first = await FailAsync(mailbox);
        var second = await FailAsync(mailbox);
        Time.Advance(TimeSpan.FromMinutes(1));
        Server.Answer = _ => null;

        Assert.Empty(await ReadAsync(mailbox));
        Assert.Equal(2, Logins);
        Assert.False(first.IsTransient);
        Assert.Equal(first.Message, second.Message);
        Assert.Contains("refused the login of bounces", first.Message, StringComparison.Ordinal);
        Assert.Contains("Check the user and the password", first.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_login_ends_the_watching()
    {
        Server.Answer = command => command.StartsWith("AUTHENTICATE", StringComparison.Ordinal) ? Refusal : null;
        await using var messages = Open().WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);

        var exception = await Assert.ThrowsAsync<FeedbackMailboxException>(async () => await messages.MoveNextAsync());

        Assert.False(exception.IsTransient);
        Assert.Equal(1, Logins);
    }

    [Fact]
    public async Task A_login_that_the_server_could_not_judge_is_tried_again()
    {
        var unavailable = true;
        Server.Answer = command => unavailable && command.StartsWith("AUTHENTICATE", StringComparison.Ordinal)
            ? "NO [UNAVAILABLE] Temporary authentication failure." : null;
        Server.Deliver(FormFile.Read("complaint"));
        await using var messages = Open().WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        var next = NextAsync(messages);
        await Server.WaitForAsync("AUTHENTICATE", Cancellation);
        unavailable = false;
        await Time.PassAsync(TimeSpan.FromSeconds(1), Cancellation);

        Assert.Equal("INBOX;UIDVALIDITY=7/;UID=1", (await next).Id);
    }

    [Fact]
    public async Task A_password_that_the_server_sends_back_is_in_no_exception_and_no_log()
    {
        var log = new ListLogger();
        Server.Answer = command => command.StartsWith("AUTHENTICATE", StringComparison.Ordinal)
            ? $"NO [UNAVAILABLE] {Password} is what bounces@shop.example sent." : null;
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var mailbox = Open(Options with { Server = Options.Server with { Logger = log } });
        var exception = await FailAsync(mailbox);
        await using var messages = mailbox.WatchAsync(source.Token).GetAsyncEnumerator(Cancellation);
        var next = NextAsync(messages);
        await Time.PassAsync(TimeSpan.FromSeconds(1), Cancellation);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);

        Assert.DoesNotContain(Password, exception.ToString(), StringComparison.Ordinal);
        Assert.NotEmpty(log.Lines);
        Assert.All(log.Lines, line => Assert.DoesNotContain(Password, line, StringComparison.Ordinal));
        Assert.All(log.Lines, line => Assert.DoesNotContain("bounces@", line, StringComparison.Ordinal));
        Assert.DoesNotContain(Password, Options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_server_sends_back_of_a_login_is_masked()
    {
        Server.Capabilities = "IMAP4rev1 AUTH=CRAM-MD5";
        Server.Answer = command => command.StartsWith("AUTHENTICATE", StringComparison.Ordinal) ? $"BAD what is {command}" : null;

        var exception = await FailAsync(Open());

        var proof = Assert.Single(Server.Seen, c => c.StartsWith("AUTHENTICATE", StringComparison.Ordinal)).Split(' ')[^1];
        Assert.True(proof.Length > 40);
        Assert.DoesNotContain(proof, exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quoted_password_that_a_server_sends_back_is_masked()
    {
        Server.Capabilities = "IMAP4rev1";
        Server.Answer = command => command.StartsWith("LOGIN", StringComparison.Ordinal) ? $"NO [UNAVAILABLE] {command}" : null;

        var exception = await FailAsync(Open(Options with { Server = Options.Server with { Password = "open \"sesame\\17" } }));

        Assert.Contains(Server.Seen, c => c.Contains(@"open \""sesame\\17", StringComparison.Ordinal));
        Assert.DoesNotContain("sesame", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_TLS_nothing_is_sent_unless_it_is_accepted()
    {
        var exception = await FailAsync(Open(Options with { Server = Options.Server with { AcceptUnsecureConnection = false } }));

        Assert.False(exception.IsTransient);
        Assert.Contains("offers no STARTTLS", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, Logins);
        Assert.DoesNotContain(Server.Seen, c => c.StartsWith("LOGIN", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_without_mechanisms_gets_the_command_of_its_own()
    {
        Server.Capabilities = "IMAP4rev1";

        Assert.Empty(await ReadAsync(Open()));

        Assert.Contains($"LOGIN bounces \"{Password}\"", Server.Seen);
    }

    [Fact]
    public async Task A_server_that_offers_no_login_is_told_as_such()
    {
        Server.Capabilities = "IMAP4rev1 LOGINDISABLED";

        var exception = await FailAsync(Open());

        Assert.Contains("it offers no authentication at all", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, Logins);
    }

    [Fact]
    public async Task A_refused_token_is_renewed_once()
    {
        Server.Capabilities = "IMAP4rev1 SASL-IR AUTH=XOAUTH2";
        Server.Answer = command => command.StartsWith("AUTHENTICATE", StringComparison.Ordinal) && Logins == 1 ? Refusal : null;
        var tokens = new CountingTokens();
        var server = Options.Server with { Password = null, AccessTokenProvider = tokens };

        Assert.Empty(await ReadAsync(Open(Options with { Server = server })));

        Assert.Equal([false, true], tokens.Asked);
        Assert.Equal(2, Logins);
    }

    [Fact]
    public async Task A_provider_that_blocks_is_left_after_the_limit()
    {
        Server.Capabilities = "IMAP4rev1 SASL-IR AUTH=XOAUTH2";
        using var tokens = new BlockingTokens();
        var server = Options.Server with { Password = null, AccessTokenProvider = tokens };
        var failing = FailAsync(Open(Options with { Server = server }));
        await tokens.Asked.Task.WaitAsync(Cancellation);
        Time.Advance(server.ConnectionTimeout);

        Assert.True((await failing).IsTransient);
    }

    private sealed class BlockingTokens : IAccessTokenProvider, IDisposable
    {
        private readonly ManualResetEventSlim _end = new();

        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Dispose() => _end.Set();

        public ValueTask<AccessToken> GetTokenAsync(bool renew, CancellationToken cancellationToken)
        {
            Asked.SetResult();
            _end.Wait(TestContext.Current.CancellationToken);
            return ValueTask.FromResult(new AccessToken("late"));
        }
    }

    private sealed class CountingTokens : IAccessTokenProvider
    {
        public List<bool> Asked { get; } = [];

        public ValueTask<AccessToken> GetTokenAsync(bool renew, CancellationToken cancellationToken)
        {
            Asked.Add(renew);
            return ValueTask.FromResult(new AccessToken($"token {Asked.Count}"));
        }
    }

    private sealed class ListLogger : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
