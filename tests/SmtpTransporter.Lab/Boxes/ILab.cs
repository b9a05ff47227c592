using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport.Lab;

/// <summary>A running server, as the tests use it.</summary>
public interface ILab
{
    LabServer Server { get; }

    X509Certificate2 Certificate { get; }

    MailStore Store { get; }

    /// <summary>The ends of the server's logs.</summary>
    string Report();

    /// <summary>Does to the server what the script <c>serve</c> knows (restart, limit, reset), and waits until it listens again.</summary>
    Task DoAsync(string what);

    /// <summary>Ends the server and starts it; it will listen a little later.</summary>
    Task RestartAsync();

    void Freeze();

    void Thaw();
}
