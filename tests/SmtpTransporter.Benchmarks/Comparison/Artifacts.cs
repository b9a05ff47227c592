using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport.Benchmarks;

/// <summary>The files that a run creates, below <c>artifacts/benchmarks</c>.</summary>
internal static class Artifacts
{
    public static string Root { get; } = FindRoot();

    public static string Sources => Path.Combine(Root, "tests", "SmtpTransporter.Benchmarks");

    public static string Folder => Path.Combine(Root, "artifacts", "benchmarks");

    /// <summary>The folder in which compare.sh builds the clients of other languages.</summary>
    public static string Peers => Path.Combine(Folder, "peers");

    public static string Content => Path.Combine(Folder, "content");

    public static string Certificate => Path.Combine(Folder, "sink.crt");

    public static string CertificateKey => Path.Combine(Folder, "sink.key");

    /// <summary>Compiles a C file of the folder Sink, unless its program is newer than the file.</summary>
    public static string Compile(string name, params string[] libraries)
    {
        var (source, program) = (Path.Combine(Sources, "Sink", name + ".c"), Path.Combine(Folder, name));
        if (File.Exists(program) && File.GetLastWriteTimeUtc(program) > File.GetLastWriteTimeUtc(source))
            return program;
        Directory.CreateDirectory(Folder);
        using var compiler = Process.Start("gcc", ["-O2", "-Wall", "-o", program, source, .. libraries]);
        compiler.WaitForExit();
        return compiler.ExitCode == 0
            ? program
            : throw new InvalidOperationException(
                $"{source} was not compiled. It needs gcc and OpenSSL's headers (Debian: apt-get install gcc libc6-dev libssl-dev).");
    }

    /// <summary>Creates a self-signed certificate for the addresses of the sink: the clients verify it, as they do in production.</summary>
    public static void MakeCertificate()
    {
        Directory.CreateDirectory(Folder);
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.Parse(Network.FarAddress));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        File.WriteAllText(Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(CertificateKey, key.ExportPkcs8PrivateKeyPem());
    }

    // The working folder does not help: BenchmarkDotNet runs in its own folder below the repository.
    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SmtpTransporter.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("The benchmarks must run below the repository's root.");
    }
}
