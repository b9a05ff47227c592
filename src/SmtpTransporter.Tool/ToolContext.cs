using System.Diagnostics;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>What the tool reads from and writes to, so that a test can replace it. Immutable.</summary>
/// <param name="Screen">The console for people.</param>
/// <param name="Output">The standard output for scripts (<c>--json</c>) and help.</param>
/// <param name="Errors">The standard error, for wrong usage.</param>
/// <param name="GetVariable">Reads an environment variable.</param>
internal sealed record ToolContext(IAnsiConsole Screen, TextWriter Output, TextWriter Errors, Func<string, string?> GetVariable)
{
    /// <summary>The client for authorization servers; null for the usual one.</summary>
    public HttpClient? Http { get; init; }

    /// <summary>Opens the standard input as bytes.</summary>
    public Func<Stream> OpenInput { get; init; } = Console.OpenStandardInput;

    /// <summary>Opens a page in the browser of the user, if there is one.</summary>
    public Action<Uri> OpenBrowser { get; init; } = Open;

    private static void Open(Uri page)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(page.AbsoluteUri) { UseShellExecute = true });
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            // There is no browser here; the page was shown.
        }
    }
}
