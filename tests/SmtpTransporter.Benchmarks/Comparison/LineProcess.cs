using System.Diagnostics;

namespace SmtpTransport.Benchmarks;

/// <summary>A program that communicates by lines, and that ends with its standard input.</summary>
internal sealed class LineProcess : IAsyncDisposable
{
    private readonly Process _process;

    private LineProcess(Process process) => _process = process;

    public static LineProcess Start(IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var words = command.ToList();
        var start = new ProcessStartInfo(words[0], words.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new(Process.Start(start)!);
    }

    /// <exception cref="TimeoutException">No line came in time.</exception>
    /// <exception cref="InvalidOperationException">The program ended.</exception>
    public async Task<string> ReadLineAsync(TimeSpan limit) =>
        await _process.StandardOutput.ReadLineAsync().WaitAsync(limit)
        ?? throw new InvalidOperationException("the program ended");

    /// <inheritdoc cref="ReadLineAsync"/>
    public async Task<string> AskAsync(string line, TimeSpan limit)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(line);
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException exception)
        {
            throw new InvalidOperationException("the program ended", exception);
        }
        return await ReadLineAsync(limit);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(3));
        }
        catch (Exception exception) when (exception is TimeoutException or IOException)
        {
            _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }
}
