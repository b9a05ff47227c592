using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport;
using SmtpTransport.Outbox;

namespace Newsletter;

/// <summary>One of several processes that send from the same outbox.</summary>
internal static class WorkerProcess
{
    /// <summary>The setting with the database: what is in an argument can be read by everyone on the machine.</summary>
    public const string Database = "Outbox__ConnectionString";

    /// <summary>Sends until its standard input ends.</summary>
    public static async Task<int> RunAsync(string url)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddEnvironmentVariables();
        builder.Services.AddSmtpTransporter(_ => ServerOptions.Parse(url));
        // The section "Outbox" of the configuration, here from the environment.
        builder.Services.AddSmtpOutbox((_, options) => options.LimitRate(100, TimeSpan.FromSeconds(1)));
        using var host = builder.Build();
        await host.StartAsync();
        await Console.In.ReadToEndAsync();
        await host.StopAsync();
        return 0;
    }
}
