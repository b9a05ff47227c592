using Aspire.Hosting.ApplicationModel;

namespace SmtpTransport.Aspire.Hosting;

/// <summary>An SMTP server for development in the app host itself, with a mailbox in the browser. Thread-safe.</summary>
/// <remarks>It accepts every email, delivers none, keeps them in memory, and listens on this machine's loopback address alone.</remarks>
public sealed class MailboxResource : Resource, IResourceWithConnectionString, IResourceWithWaitSupport
{
    private readonly PortOfServer _port = new();

    /// <summary>Creates the resource. Use <c>AddMailbox</c>, which also starts its server.</summary>
    /// <param name="name">The name.</param>
    public MailboxResource(string name)
        : base(name)
    {
    }

    /// <summary>
    /// The connection string, such as <c>smtp://localhost:1025?AcceptUnsecureConnection=true</c>: the server has no TLS. It is known once
    /// the server has started; until then, reading it waits.
    /// </summary>
    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"smtp://localhost:{_port}?AcceptUnsecureConnection=true");

    internal int? SmtpPort { get; init; }

    internal int? WebPort { get; init; }

    internal void Started(int port) => _port.Set(port);

    internal void Failed(Exception exception) => _port.Fail(exception);
}
