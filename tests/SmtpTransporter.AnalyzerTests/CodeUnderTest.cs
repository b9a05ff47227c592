using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;

namespace SmtpTransport.AnalyzerTests;

/// <summary>
/// Statements as a program, and the assemblies that it is compiled with: those of this process, so that nothing is fetched.
/// </summary>
internal static class CodeUnderTest
{
    private static readonly string[] Own = ["SmtpTransporter", "SmtpTransporter.Testing", "MailKit", "MimeKit"];

    private static readonly List<string> Assemblies =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)];

    /// <summary>Says that the references below are all there are.</summary>
    public static ReferenceAssemblies Framework { get; } = new("net10.0");

    public static IReadOnlyList<MetadataReference> References { get; } =
    [
        .. Assemblies.Where(a => IsFramework(a) || Own.Contains(Path.GetFileNameWithoutExtension(a)))
            .Select(a => MetadataReference.CreateFromFile(a)),
    ];

    public static MetadataReference Xunit { get; } =
        MetadataReference.CreateFromFile(Assemblies.First(a => Path.GetFileName(a) == "xunit.v3.core.dll"));

    /// <summary>A method with the statements, in a class whose members a rule may meet.</summary>
    public static string Method(string statements, string usings = "") => $$"""
        using System;
        using System.Collections.Generic;
        using System.Linq;
        using System.Threading;
        using System.Threading.Tasks;
        using SmtpTransport;
        {{usings}}
        public sealed class App
        {
            private readonly Email _email = new();

            public ISmtpTransporter Shared { get; set; } = null!;

            public SendResult? Last { get; set; }

            public async Task RunAsync(
                ISmtpTransporter transporter, Email email, ServerOptions options, IReadOnlyList<string> names, string name,
                CancellationToken cancellationToken)
            {
                await Task.Yield();
                {{statements}}
            }

            private static bool Check(SendResult result) => result.Success;

            private static void Log(object? value) => Console.WriteLine(value);

            private static string Encode(string text) => System.Net.WebUtility.HtmlEncode(text);

            private static string Secret() => Environment.GetEnvironmentVariable("SECRET") ?? "";
        }
        """;

    private static bool IsFramework(string assembly) =>
        Path.GetDirectoryName(assembly) == Path.GetDirectoryName(typeof(object).Assembly.Location);
}
