using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.AppTests.Identity;

/// <summary>A web application with Identity's endpoints, which wants each address confirmed.</summary>
public sealed class IdentityHost : IAsyncDisposable
{
    public const string Password = "Correct-horse-1";

    private readonly WebApplication _app;

    private IdentityHost(WebApplication app) => _app = app;

    public HttpClient Client { get; } = new();

    public IServiceProvider Services => _app.Services;

    public List<string> Warnings { get; } = [];

    public static async Task<IdentityHost> StartAsync(Action<IServiceCollection> services, bool beforeIdentity = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var log = new WarningLog();
        builder.Logging.ClearProviders().AddProvider(log);
        var database = Guid.NewGuid().ToString();
        builder.Services.AddDbContext<IdentityDbContext>(o => o.UseInMemoryDatabase(database));
        builder.Services.AddAuthorization();
        if (beforeIdentity)
            services(builder.Services);
        builder.Services.AddIdentityApiEndpoints<IdentityUser>(o => o.SignIn.RequireConfirmedEmail = true)
            .AddEntityFrameworkStores<IdentityDbContext>();
        if (!beforeIdentity)
            services(builder.Services);
        var app = builder.Build();
        app.MapIdentityApi<IdentityUser>();
        var host = new IdentityHost(app);
        log.Lines = host.Warnings;
        await app.StartAsync();
        host.Client.BaseAddress = new Uri(app.Urls.First());
        return host;
    }

    public Task<HttpResponseMessage> RegisterAsync(string address, CancellationToken cancellationToken) =>
        Client.PostAsJsonAsync("/register", new { email = address, password = Password }, cancellationToken);

    public Task<HttpResponseMessage> LogInAsync(string address, string password, CancellationToken cancellationToken) =>
        Client.PostAsJsonAsync("/login", new { email = address, password }, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    private sealed class WarningLog : ILoggerProvider, ILogger
    {
        public List<string> Lines { get; set; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;
            lock (Lines)
                Lines.Add($"{formatter(state, exception)} {exception}");
        }

        public void Dispose()
        {
        }
    }
}
