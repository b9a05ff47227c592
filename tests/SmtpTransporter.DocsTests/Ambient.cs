using System.Data.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SmtpTransport.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;

namespace SmtpTransport.DocsTests;

/// <summary>What a snippet may use without declaring it, so that it shows one thing. Never run.</summary>
/// <remarks>The names are written as the variables they stand for.</remarks>
public static class Ambient
{
    public static ServerOptions options => throw new NotSupportedException();

    public static ServerOptions primary => throw new NotSupportedException();

    public static ServerOptions secondary => throw new NotSupportedException();

    public static ValueTask<Stream> OpenTunnelAsync(string host, int port, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public static ISmtpTransporter transporter => throw new NotSupportedException();

    public static ISmtpTransporterRegistry registry => throw new NotSupportedException();

    public static Email email => throw new NotSupportedException();

    public static Email newsletter => throw new NotSupportedException();

    public static IEnumerable<Email> emails => throw new NotSupportedException();

    public static IEnumerable<(string Address, string Name)> subscribers => throw new NotSupportedException();

    public static SendResult result => throw new NotSupportedException();

    public static ConnectionStatus status => throw new NotSupportedException();

    public static IOutbox outbox => throw new NotSupportedException();

    public static ISuppressionList suppressions => throw new NotSupportedException();

    public static UnsubscribeLinks links => throw new NotSupportedException();

    public static Guid id => throw new NotSupportedException();

    public static (int Id, string Customer) order => throw new NotSupportedException();

    public static DbTransaction transaction => throw new NotSupportedException();

    public static SmtpTestServer server => throw new NotSupportedException();

    public static IServiceCollection services => throw new NotSupportedException();

    public static WebApplicationBuilder builder => throw new NotSupportedException();

    public static WebApplication app => throw new NotSupportedException();

    public static ILogger logger => throw new NotSupportedException();

    public static string ampHtml => throw new NotSupportedException();

    public static byte[] logo => throw new NotSupportedException();

    public static string tenantId => throw new NotSupportedException();

    public static string clientId => throw new NotSupportedException();

    public static string clientSecret => throw new NotSupportedException();

    public static string refreshToken => throw new NotSupportedException();

    public static HashSet<string> suppressed => throw new NotSupportedException();

    public static string password => throw new NotSupportedException();

    public static CancellationToken cancellationToken => throw new NotSupportedException();
}
