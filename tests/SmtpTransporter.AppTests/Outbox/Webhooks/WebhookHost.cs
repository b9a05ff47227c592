using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Feedback;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.AppTests.Outbox;

/// <summary>An application whose other pages require a login, with the webhooks of all services.</summary>
internal sealed class WebhookHost : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("webhooks").FullName;
    private readonly WebApplication _app;
    private readonly TaskCompletionSource _recording = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private WebhookHost(Action<FeedbackWebhookOptions>? configure, bool isRecordedHere, Action<OutboxOptions>? outbox)
    {
        Sns = new SesSender.Server(url => (
            HttpStatusCode.OK, url.AbsolutePath.EndsWith(".pem", StringComparison.Ordinal) ? SesSender.Certificate(Now) : "<ok/>"));
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(Log).SetMinimumLevel(LogLevel.Trace);
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddAuthentication();
        builder.Services.AddAuthorization(
            o => o.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        builder.Services.AddAntiforgery();
        builder.Services.AddSmtpOutbox(o =>
        {
            o.UseSqlite($"Data Source={_folder}/outbox.db").EnableWorker = false;
            outbox?.Invoke(o);
        });
        _app = builder.Build();
        _app.UseAntiforgery();
        _app.MapFeedback("/feedback", o =>
        {
            o.HttpHandler = Sns;
            o.UseAmazonSes(SesSender.Topic);
            o.UseSendGrid(SendGrid.PublicKey);
            o.UseMailgun(MailgunSender.Key);
            o.UsePostmark(PostmarkSender.User, PostmarkSender.Password);
            if (isRecordedHere)
                o.Record = RecordAsync;
            configure?.Invoke(o);
        });
    }

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public WaitedTime Time { get; } = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));

    public DateTimeOffset Now => Time.GetUtcNow();

    public SesSender.Server Sns { get; }

    public SendGridSender SendGrid { get; } = new();

    public WebhookLines Log { get; } = new();

    /// <summary>What was recorded, if it is recorded here.</summary>
    public ConcurrentQueue<(EmailFeedback Feedback, string Id)> Recorded { get; } = new();

    /// <summary>Completes as something is about to be recorded here.</summary>
    public Task Recording => _recording.Task;

    /// <summary>What the recording waits for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>What fails the recording; null for nothing.</summary>
    public Exception? Failure { get; set; }

    public HttpClient Client { get; } = new();

    public IOutbox Outbox => _app.Services.GetRequiredService<IOutbox>();

    public ISuppressionList Suppressions => _app.Services.GetRequiredService<ISuppressionList>();

    /// <summary>Starts an application.</summary>
    /// <param name="configure">Sets more options.</param>
    /// <param name="isRecordedHere">Whether the events are recorded here instead of in the outbox.</param>
    /// <param name="outbox">Sets options of the outbox.</param>
    public static async Task<WebhookHost> StartAsync(
        Action<FeedbackWebhookOptions>? configure = null, bool isRecordedHere = true, Action<OutboxOptions>? outbox = null)
    {
        var host = new WebhookHost(configure, isRecordedHere, outbox);
        await host._app.StartAsync(Cancellation);
        host.Client.BaseAddress = new Uri(host._app.Urls.First());
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        Sns.Dispose();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    public WebhookSender Sender(string name) => name == "sendgrid" ? SendGrid : WebhookSender.Create(name);

    /// <summary>Sends a request and returns the status.</summary>
    public async Task<HttpStatusCode> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            using var answer = await Client.SendAsync(request, Cancellation);
            return answer.StatusCode;
        }
    }

    /// <summary>Sends an event, now.</summary>
    public Task<HttpStatusCode> SendAsync(string service, string json) => SendAsync(Sender(service).Request(json, Now));

    /// <summary>Sends one event, and returns what was recorded of it.</summary>
    public async Task<EmailFeedback> ReadAsync(string service, string json)
    {
        Assert.Equal(HttpStatusCode.OK, await SendAsync(service, json));
        Assert.True(Recorded.TryDequeue(out var recorded));
        Assert.Empty(Recorded);
        return recorded.Feedback;
    }

    /// <summary>Sends bytes, and returns the first line of the answer.</summary>
    public async Task<(string Line, long Sent)> SendRawAsync(string head, Func<int, byte[]?> next)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Client.BaseAddress!.Port, Cancellation);
        var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var line = reader.ReadLineAsync(Cancellation).AsTask();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), Cancellation);
        long sent = 0;
        try
        {
            for (var i = 0; !line.IsCompleted && next(i) is { } bytes; i++)
            {
                await stream.WriteAsync(bytes, Cancellation);
                sent += bytes.Length;
            }
        }
        catch (IOException)
        {
            // The server has closed the connection, after its answer.
        }
        return (await line ?? "", sent);
    }

    /// <summary>A clock that tells when something begins to wait.</summary>
    internal sealed class WaitedTime(DateTimeOffset start) : FakeTimeProvider(start)
    {
        private readonly TaskCompletionSource _waited = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Completes as something begins to wait for half a minute.</summary>
        public Task IsWaitedFor => _waited.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime == TimeSpan.FromSeconds(30))
                _waited.TrySetResult();
            return timer;
        }
    }

    private async Task RecordAsync(EmailFeedback feedback, string id, CancellationToken cancellationToken)
    {
        _recording.TrySetResult();
        await Gate.WaitAsync(cancellationToken);
        if (Failure is not null)
            throw Failure;
        Recorded.Enqueue((feedback, id));
    }
}
