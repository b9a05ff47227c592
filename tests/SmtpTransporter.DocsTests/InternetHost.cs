using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SmtpTransport.Testing;

namespace SmtpTransport.DocsTests;

/// <summary>
/// The servers of Microsoft and Google on this machine, under their names and ports: what a document shows can be run as it stands. The
/// names lead here only in the processes that <see cref="RunAsync"/> starts, which trust the certificate.
/// </summary>
internal sealed class InternetHost : IAsyncDisposable
{
    private const string Address = "127.0.77.1";

    private static readonly string[] Names =
    [
        "smtp.office365.com", "login.microsoftonline.com", "smtp.gmail.com", "accounts.google.com", "oauth2.googleapis.com",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("internet").FullName;
    private readonly OAuthTestServer _identity;
    private readonly X509Certificate2 _certificate;
    private readonly HttpClient _http;
    private readonly WebApplication _web;

    private InternetHost(OAuthTestServer identity)
    {
        (_identity, _certificate, _http) = (identity, CreateCertificate(), identity.CreateHttpClient());
        Smtp = SmtpTestServer.Start(new()
        {
            Address = IPAddress.Parse(Address),
            Port = 587,
            Certificate = _certificate,
            RequireAuthentication = true,
            AccessTokenValidator = identity.IsValid,
        });
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(
            k => k.Listen(IPAddress.Parse(Address), 443, l => l.UseHttps(_certificate)));
        _web = builder.Build();
        _web.Run(ForwardAsync);
    }

    public SmtpTestServer Smtp { get; }

    /// <summary>Where the programs run.</summary>
    public string Folder => _folder;

    public static async Task<InternetHost> StartAsync(OAuthTestServer identity, CancellationToken cancellationToken)
    {
        var host = new InternetHost(identity);
        await host._web.StartAsync(cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(host._folder, "trusted.pem"), host._certificate.ExportCertificatePem(), cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(host._folder, "hosts"), $"127.0.0.1 localhost\n{Address} {string.Join(' ', Names)}\n", cancellationToken);
        // The browser of this machine.
        await host.WriteProgramAsync("xdg-open", "curl -sS --max-time 30 --cacert trusted.pem -L \"$1\" >/dev/null", cancellationToken);
        // In namespaces of its own, the names lead here and /run is empty.
        await host.WriteProgramAsync(
            "inside",
            """
            mount --bind hosts /etc/hosts
            mount -t tmpfs tmpfs /run
            if [ -e run ]; then cp -r run/. /run; fi
            exec dotnet program.dll
            """,
            cancellationToken);
        return host;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <param name="code">The program.</param>
    /// <param name="values">What it uses without declaring it.</param>
    /// <param name="environment">Environment variables.</param>
    /// <param name="onLine">Sees each line of its output.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <returns>Its output.</returns>
    public async Task<string> RunAsync(
        string code, string values, IReadOnlyDictionary<string, string> environment, Action<string> onLine,
        CancellationToken cancellationToken)
    {
        SnippetCompiler.Write(code, values, Path.Combine(_folder, "program.dll"));
        foreach (var library in Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll"))
            File.CreateSymbolicLink(Path.Combine(_folder, Path.GetFileName(library)), library);
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "program.runtimeconfig.json"),
            $$"""{ "runtimeOptions": { "framework": { "name": "Microsoft.AspNetCore.App", "version": "{{Environment.Version}}" } } }""",
            cancellationToken);
        var start = new ProcessStartInfo("unshare", ["--mount", "./inside"])
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{_folder}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["SSL_CERT_FILE"] = Path.Combine(_folder, "trusted.pem");
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        await using var end = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var lines = new List<string>();
        while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
        {
            lines.Add(line);
            onLine(line);
        }
        await process.WaitForExitAsync(CancellationToken.None);
        return $"{string.Join('\n', lines)}\n{await errors}";
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        await Smtp.DisposeAsync();
        _http.Dispose();
        _certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Passes a request on to the server of the test, with the address that was asked for.</summary>
    private async Task ForwardAsync(HttpContext context)
    {
        var asked = new HttpRequestMessage(
            new HttpMethod(context.Request.Method),
            $"https://{context.Request.Host}{context.Request.Path}{context.Request.QueryString}");
        if (context.Request.ContentType is { } type)
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            asked.Content = new ByteArrayContent(body.ToArray());
            asked.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }
        using var request = asked;
        using var response = await _http.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private async Task WriteProgramAsync(string name, string script, CancellationToken cancellationToken)
    {
        var file = Path.Combine(_folder, name);
        await File.WriteAllTextAsync(file, $"#!/bin/sh\nset -e\n{script}\n", cancellationToken);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=internet", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in Names)
            names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
    }
}
