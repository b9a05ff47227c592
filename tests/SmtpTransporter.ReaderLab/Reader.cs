using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace SmtpTransport.ReaderLab;

/// <summary>A program that reads a folder of messages and prints what it sees in each, as a line of JSON.</summary>
/// <param name="Name">The name in <c>known.tsv</c>, which is also that of the file in <c>Programs</c>.</param>
/// <param name="Command">What runs the file.</param>
/// <param name="File">The file in <c>Programs</c>.</param>
/// <param name="IsOrdered">Whether it keeps the order of files and addresses.</param>
internal sealed record Reader(string Name, string Command, string File, bool IsOrdered = true)
{
    private static readonly string Programs = Path.Combine(Repository.Project, "Programs");

    /// <summary>Runs it on a folder. Fails with its output if it does not exist or does not answer for each message.</summary>
    public async Task<IReadOnlyDictionary<string, JsonElement>> ReadAsync(string folder, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(Command, [Path.Combine(Programs, File), folder])
        {
            WorkingDirectory = Programs,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            Environment = { ["LC_ALL"] = "C.UTF-8", ["PYTHONDONTWRITEBYTECODE"] = "1", ["NODE_NO_WARNINGS"] = "1" },
        })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"{Command} {File} ended with {process.ExitCode}:\n{await error}");
        var found = new Dictionary<string, JsonElement>();
        foreach (var line in (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var message = JsonSerializer.Deserialize<JsonElement>(line);
            found.Add(message.GetProperty("message").GetString()!, message);
        }
        var messages = Directory.EnumerateFiles(folder, "*.eml").Select(f => Path.GetFileNameWithoutExtension(f));
        Assert.Equal(messages.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        return found;
    }
}
