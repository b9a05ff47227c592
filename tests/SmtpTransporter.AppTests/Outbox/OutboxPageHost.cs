using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;

namespace SmtpTransport.AppTests.Outbox;

/// <summary>
/// An application with an outbox and its page. The header <c>X-User</c>, or a cookie of that name, names the user of a request.
/// </summary>
public sealed class OutboxPageHost : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("outbox").FullName;
    private readonly PageLog _log = new();
    private readonly WebApplication _app;
    private readonly string? _key;

    private OutboxPageHost(
        string? policy, string? messagePolicy, bool encrypted, string? key, bool hasLogin, Action<OutboxOptions>? configure)
    {
        _key = key;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(_log);
        builder.Services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, TestAuthentication>("test", null);
        builder.Services.AddAuthorization(o =>
        {
            o.AddPolicy("operators", p => p.RequireRole("operator"));
            o.AddPolicy("readers", p => p.RequireRole("reader", "operator"));
            o.AddPolicy("ann", p => p.RequireRole("ann"));
        });
        builder.Services.AddSmtpTransporter(_ => Server.ToServerOptions());
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        _ = key is null ? builder.Services.AddSmtpOutbox(Configure) : builder.Services.AddKeyedSmtpOutbox(key, Configure);
        builder.Services.AddSingleton(new Login(hasLogin));
        _app = builder.Build();
        _app.Use(async (context, next) =>
        {
            if (context.Request.Path.StartsWithSegments("/outbox", out var rest))
                Requests.Enqueue(rest.Value!.TrimStart('/'));
            if (IsAway && context.Request.Path != "/outbox/")
                context.Abort();
            else
                await next(context);
        });
        _app.MapOutbox(policy: policy, messagePolicy: messagePolicy, key: key);
        _app.MapGet("/login", (HttpContext context, string returnUrl) =>
        {
            context.Response.Cookies.Append("X-User", "ann");
            return TypedResults.Redirect(returnUrl);
        });

        void Configure(OutboxOptions options)
        {
            options.UseSqlite(ConnectionString).EncryptAtRest = encrypted;
            configure?.Invoke(options);
        }
    }

    public SmtpTestServer Server { get; } = SmtpTestServer.Start();

    public string ConnectionString => $"Data Source={_folder}/outbox.db";

    public IOutbox Outbox =>
        _key is null ? _app.Services.GetRequiredService<IOutbox>() : _app.Services.GetRequiredKeyedService<IOutbox>(_key);

    public string Url =>
        $"{_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()}/outbox";

    /// <summary>The paths of the requests for the page and its data.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>What the page has logged.</summary>
    public IReadOnlyCollection<string> Log => _log.Lines;

    /// <summary>Whether each connection is lost.</summary>
    public bool IsAway { get; set; }

    /// <summary>Starts it.</summary>
    /// <param name="policy">The policy of the page.</param>
    /// <param name="encrypted">Whether emails are encrypted.</param>
    /// <param name="key">The key of the outbox; null for one without a key.</param>
    /// <param name="hasLogin">Whether a user who is not signed in is led to a page for it.</param>
    /// <param name="configure">Further options of the outbox.</param>
    /// <param name="messagePolicy">The policy of those who may download messages.</param>
    public static async Task<OutboxPageHost> StartAsync(
        string? policy = null, bool encrypted = false, string? key = null, bool hasLogin = false,
        Action<OutboxOptions>? configure = null, string? messagePolicy = null)
    {
        var host = new OutboxPageHost(policy, messagePolicy, encrypted, key, hasLogin, configure);
        await host._app.StartAsync();
        return host;
    }

    /// <summary>Shows another outbox too.</summary>
    public void Map(string path, string key) => _app.MapOutbox(path, key: key);

    public HttpClient NewClient(string? user)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri($"{Url}/") };
        if (user is not null)
            client.DefaultRequestHeaders.Add("X-User", user);
        return client;
    }

    /// <summary>Enqueues emails that wait until tomorrow.</summary>
    public Task<IReadOnlyList<Guid>> EnqueueManyAsync(int count, string? lane = null, CancellationToken cancellationToken = default) =>
        Outbox.EnqueueManyAsync(
            Enumerable.Range(0, count).Select(n => new OutboxEmail(
                new Email { From = "shop@example.com", To = $"u{n}@example.org", Subject = $"Number {n}", TextBody = "x" })
            {
                SendAt = DateTimeOffset.UtcNow.AddDays(1),
                Lane = lane,
            }),
            cancellationToken: cancellationToken);

    /// <summary>Enqueues an email and waits until it is in a state.</summary>
    public async Task<Guid> EnqueueAsync(string subject, OutboxState until, CancellationToken cancellationToken = default)
    {
        var email = new Email
        {
            From = "shop@example.com",
            To = "ann@example.org",
            Subject = subject,
            TextBody = "the secret code is 4711",
        };
        DateTimeOffset? sendAt = until == OutboxState.Waiting ? DateTimeOffset.UtcNow.AddDays(1) : null;
        var id = await Outbox.EnqueueAsync(email, sendAt: sendAt, cancellationToken: cancellationToken);
        await UntilAsync(id, until, cancellationToken);
        return id;
    }

    public async Task UntilAsync(Guid id, OutboxState state, CancellationToken cancellationToken = default)
    {
        await foreach (var entry in Outbox.WatchAsync(id, cancellationToken))
        {
            if (entry.State == state)
                return;
        }
        throw new InvalidOperationException($"The email ended in another state: {await Outbox.GetAsync(id, cancellationToken)}");
    }

    /// <summary>Damages what is encrypted of all emails, as a missing key does.</summary>
    public async Task MakeUnreadableAsync(CancellationToken cancellationToken)
    {
        await using var connection = new SqliteConnection(ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "UPDATE smtp_outbox_email SET envelope = x'00'";
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await Server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class PageLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) =>
            categoryName == "SmtpTransport.Outbox.Page" ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
            // Nothing is open.
        }
    }

    private sealed record Login(bool IsShown);

    private sealed class TestAuthentication(
        IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, Login login)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
    {
        protected override Task HandleChallengeAsync(AuthenticationProperties properties)
        {
            if (!login.IsShown)
                return base.HandleChallengeAsync(properties);
            Response.Redirect($"/login?returnUrl={Uri.EscapeDataString(Request.Path + Request.QueryString)}");
            return Task.CompletedTask;
        }

        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if ((string?)Request.Headers["X-User"] is not { } user && (user = Request.Cookies["X-User"]) is null)
                return Task.FromResult(AuthenticateResult.NoResult());
            var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, user), new Claim(ClaimTypes.Role, user)], Scheme.Name);
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
        }
    }
}
