using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>The three kinds of sources of a certificate with its key: what they load, and what they print.</summary>
public sealed class CertificateSourceTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();
    private readonly X509Certificate2 _certificate;
    private readonly byte[] _bytes;

    public CertificateSourceTests()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _certificate = new CertificateRequest("CN=Ann", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        _bytes = _certificate.Export(X509ContentType.Pkcs12, "secret-Pa55");
        File.WriteAllBytes(_path, _bytes);
    }

    public void Dispose()
    {
        _certificate.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void A_file_and_its_bytes_hold_the_certificate_with_its_key()
    {
        foreach (var source in (CertificateSource[])[_path, _bytes, CertificateSource.FromFile(_path), CertificateSource.FromBytes(_bytes)])
        {
            var loaded = Assert.Single(source.Load("secret-Pa55"));

            Assert.Equal(_certificate.Thumbprint, loaded.Thumbprint);
            Assert.True(loaded.HasPrivateKey);
            Assert.Throws<CryptographicException>(() => source.Load("wrong"));
            Assert.Throws<CryptographicException>(() => source.Load(null));
        }
    }

    [Fact]
    public void The_transporter_exposes_the_source_and_no_name_that_was_not_given()
    {
        var options = new ServerOptions { Host = "host", Certificate = _bytes, CertificatePassword = "secret-Pa55" };
        using var transporter = new SmtpTransporter(options);

        Assert.Same(options.Certificate, transporter.Certificate);
        Assert.Null(transporter.CertificateName);
    }

    [Fact]
    public void A_file_without_a_password_needs_none()
    {
        File.WriteAllBytes(_path, _certificate.Export(X509ContentType.Pkcs12, ""));

        Assert.Single(CertificateSource.FromFile(_path).Load(null));
    }

    [Fact]
    public void A_loaded_certificate_is_used_as_it_is()
    {
        CertificateSource source = _certificate;

        Assert.Same(_certificate, Assert.Single(source.Load(null)));
        Assert.Same(_certificate, Assert.Single(CertificateSource.FromCertificate(_certificate).Load("not asked for")));
    }

    [Fact]
    public void ToString_names_the_origin_of_the_certificate()
    {
        Assert.Equal(_path, CertificateSource.FromFile(_path).ToString());
        Assert.Equal($"{_bytes.Length} bytes", CertificateSource.FromBytes(_bytes).ToString());
        Assert.Equal("CN=Ann", CertificateSource.FromCertificate(_certificate).ToString());
    }

    [Fact]
    public void Sources_are_equal_by_path_bytes_or_certificate()
    {
        Assert.Equal(CertificateSource.FromFile("a.p12"), CertificateSource.FromFile("a.p12"));
        Assert.NotEqual(CertificateSource.FromFile("a.p12"), CertificateSource.FromFile("b.p12"));
        Assert.Equal(CertificateSource.FromBytes([.. _bytes]), CertificateSource.FromBytes(_bytes));
        Assert.NotEqual(CertificateSource.FromBytes([.. _bytes[..^1], (byte)(_bytes[^1] + 1)]), CertificateSource.FromBytes(_bytes));
        Assert.Equal(CertificateSource.FromCertificate(_certificate), CertificateSource.FromCertificate(_certificate));
        Assert.NotEqual(CertificateSource.FromCertificate(_certificate), CertificateSource.FromFile(_path));
        Assert.Equal(CertificateSource.FromFile("a.p12").GetHashCode(), CertificateSource.FromFile("a.p12").GetHashCode());
    }

    [Fact]
    public void Null_is_rejected_immediately_and_a_missing_file_when_it_is_read()
    {
        Assert.Throws<ArgumentException>("path", () => CertificateSource.FromFile(" "));
        Assert.Throws<ArgumentNullException>("bytes", () => CertificateSource.FromBytes(null!));
        Assert.Throws<ArgumentNullException>("certificate", () => CertificateSource.FromCertificate(null!));
        Assert.Throws<FileNotFoundException>(() => CertificateSource.FromFile(_path + ".missing").Load(null));
    }
}
