using System.Text;
using SmtpTransport.Tool;
using Spectre.Console;
using Xunit;

namespace SmtpTransport.AppTests.Tool;

/// <summary>Runs the tool in this process, with a folder of its own, as if its output went to a file.</summary>
internal sealed class ToolHost : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("tool").FullName;

    public StringWriter Screen { get; init; } = new();

    public StringWriter Output { get; } = new();

    public StringWriter Errors { get; } = new();

    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>What the standard input supplies.</summary>
    public byte[] Input { get; set; } = [];

    public async Task<int> RunAsync(params string[] args) => await RunUntilAsync(args, TestContext.Current.CancellationToken);

    public async Task<int> RunUntilAsync(string[] args, CancellationToken cancellationToken)
    {
        foreach (var writer in new[] { Screen, Output, Errors })
            writer.GetStringBuilder().Clear();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(Screen),
        });
        console.Profile.Width = 1_000_000;
        var context = new ToolContext(console, Output, Errors, name => Variables.GetValueOrDefault(name))
        {
            OpenInput = () => new MemoryStream(Input),
        };
        return await new CommandLineTool(context).RunAsync(args, cancellationToken);
    }

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] content)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
