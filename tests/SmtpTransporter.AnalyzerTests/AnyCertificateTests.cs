using SmtpTransport.Analyzers;
using Xunit;

namespace SmtpTransport.AnalyzerTests;

/// <summary>SMTP008.</summary>
public sealed class AnyCertificateTests
{
    [Theory]
    [InlineData("options = options with { [|DangerouslyAcceptAnyServerCertificate = true|] };")]
    [InlineData("using var own = new SmtpTransporter(new() { Host = name, [|DangerouslyAcceptAnyServerCertificate = true|] });")]
    [InlineData("""
        const bool Yes = true;
        options = options with { [|DangerouslyAcceptAnyServerCertificate = Yes|] };
        """)]
    [InlineData("""
        if (names.Count > 0)
            options = options with { [|DangerouslyAcceptAnyServerCertificate = true|] };
        """)]
    public Task It_is_reported(string statements) => Verify.ReportsAsync<AnyCertificateAnalyzer>(statements);

    [Theory]
    [InlineData("options = options with { DangerouslyAcceptAnyServerCertificate = false };")]
    [InlineData("options = options with { DangerouslyAcceptAnyServerCertificate = names.Count > 0 };")]
    [InlineData("""options = new() { Host = "localhost", DangerouslyAcceptAnyServerCertificate = true };""")]
    [InlineData("""
        var isDevelopment = names.Count > 0;
        if (isDevelopment)
            options = options with { DangerouslyAcceptAnyServerCertificate = true };
        """)]
    [InlineData("""
        var isTest = names.Count > 0;
        options = isTest ? options with { DangerouslyAcceptAnyServerCertificate = true } : options;
        """)]
    [InlineData("""
        switch (name)
        {
            case "Development":
                options = options with { DangerouslyAcceptAnyServerCertificate = true };
                break;
        }
        """)]
    [InlineData("""options = name switch { "Debug" => options with { DangerouslyAcceptAnyServerCertificate = true }, _ => options };""")]
    [InlineData("options = options with { TrustedCertificates = [] };")]
    [InlineData("Log(options.DangerouslyAcceptAnyServerCertificate);")]
    [InlineData("Log(options.DangerouslyAcceptAnyServerCertificate == true);")]
    public Task It_is_not_reported(string statements) => Verify.IsSilentAsync<AnyCertificateAnalyzer>(statements);

    [Fact]
    public Task A_test_may_do_it() => Verify.IsSilentInTestsAsync<AnyCertificateAnalyzer>(
        """
        options = options with { [|DangerouslyAcceptAnyServerCertificate = true|] };
        """);

    [Fact]
    public Task Code_of_a_debug_build_is_not_reported() => Verify.CodeAsync<AnyCertificateAnalyzer>(
        """
        #define DEBUG
        using SmtpTransport;

        public sealed class Settings
        {
        #if DEBUG
            public ServerOptions Options { get; } = new() { DangerouslyAcceptAnyServerCertificate = true };
        #else
            public ServerOptions Options { get; } = new();
        #endif
        }
        """);

    [Fact]
    public Task Code_for_tests_is_not_reported() => Verify.CodeAsync<AnyCertificateAnalyzer>(
        """
        using SmtpTransport;

        public static class LocalTestServer
        {
            public static ServerOptions Options { get; } = new() { DangerouslyAcceptAnyServerCertificate = true };
        }
        """);
}
