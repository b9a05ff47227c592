using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SmtpTransport.ReaderLab.Samples;
using SmtpTransport.Testing;

namespace SmtpTransport.ReaderLab;

/// <summary>A folder with each sample as the server received it.</summary>
/// <remarks>READER_LAB_FOLDER names a folder that keeps the messages; by default it is a temporary one.</remarks>
public sealed class WrittenMessages : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Environment.GetEnvironmentVariable("READER_LAB_FOLDER") is { Length: > 0 } given
        ? Directory.CreateDirectory(given)
        : Directory.CreateTempSubdirectory("reader-lab-");

    public string Folder => _folder.FullName;

    public async ValueTask InitializeAsync()
    {
        var certificate = NewCertificate();
        foreach (var sample in SampleSet.All)
        {
            await using var server = SmtpTestServer.Start();
            await using var transporter = new SmtpTransporter(server.ToServerOptions() with
            {
                HeaderCharset = sample.Header,
                BodyCharset = sample.Body,
                AttachmentNameEncoding = sample.Names,
                Certificate = sample.IsSigned ? CertificateSource.FromBytes(certificate) : null,
                CertificatePassword = sample.IsSigned ? "p12-secret" : null,
            });
            var result = sample.Message is { } message
                ? await transporter.SendAsync(message, TestContext.Current.CancellationToken)
                : await transporter.SendAsync(sample.Email!, TestContext.Current.CancellationToken);
            Assert.True(result.Success, $"{sample.Name}: {result}");
            await File.WriteAllBytesAsync(
                Path.Combine(Folder, sample.Name + ".eml"), server.Messages[0].Raw.ToArray(), TestContext.Current.CancellationToken);
        }
    }

    public ValueTask DisposeAsync()
    {
        if (Environment.GetEnvironmentVariable("READER_LAB_FOLDER") is null or "")
            _folder.Delete(recursive: true);
        return default;
    }

    private static byte[] NewCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Me", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddEmailAddress("me@example.com");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(10));
        return certificate.Export(X509ContentType.Pkcs12, "p12-secret");
    }
}
