using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>The base class of tests with an authorization server whose tokens the SMTP server accepts.</summary>
public abstract class OAuthTest : SocketTest
{
    protected static SmtpTestServer StartServer(OAuthTestServer identity) =>
        SmtpTestServer.Start(new() { AccessTokenValidator = identity.IsValid, RequireAuthentication = true });

    protected static ServerOptions With(SmtpTestServer server, IAccessTokenProvider provider) =>
        server.ToServerOptions() with { User = User, AccessTokenProvider = provider };

    /// <summary>Sends an email with a token of the provider.</summary>
    protected static async Task<SendResult> SendWithAsync(OAuthTestServer identity, IAccessTokenProvider provider, bool async = true)
    {
        await using var server = StartServer(identity);
        await using var transporter = new SmtpTransporter(With(server, provider));
        var result = await SendAsync(transporter, async);
        Assert.Equal(result.Success ? 1 : 0, server.Messages.Count);
        return result;
    }

    protected static X509Certificate2 CreateCertificate(bool rsa = true, ECCurve? curve = null, int days = 30)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var key = RSA.Create(2048);
        using var elliptic = ECDsa.Create(curve ?? ECCurve.NamedCurves.nistP256);
        var request = rsa
            ? new CertificateRequest("CN=client", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("CN=client", elliptic, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(now.AddDays(-60), now.AddDays(days));
    }

    /// <summary>A path in a folder of its own, which is deleted at the end.</summary>
    protected sealed class Scratch : IDisposable
    {
        public string Folder { get; } = Directory.CreateTempSubdirectory("oauth-").FullName;

        public string Write(string name, string text)
        {
            var path = Path.Combine(Folder, name);
            File.WriteAllText(path, text);
            return path;
        }

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
