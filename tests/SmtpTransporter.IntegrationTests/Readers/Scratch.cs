using System.Diagnostics;

namespace SmtpTransport.IntegrationTests.Readers;

/// <summary>A folder for one test, and independent programs that read the files in it.</summary>
public abstract class Scratch : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("smtp-readers-");

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    protected string PathOf(string name) => Path.Combine(_folder.FullName, name);

    protected string Write(string name, ReadOnlyMemory<byte> content)
    {
        File.WriteAllBytes(PathOf(name), content.ToArray());
        return PathOf(name);
    }

    protected string Write(string name, string content)
    {
        File.WriteAllText(PathOf(name), content);
        return PathOf(name);
    }

    /// <summary>Runs a program in the folder. Fails with the output of the program if it fails or does not exist.</summary>
    protected async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PYTHONIOENCODING"] = "utf-8" },
        })!;
        var output = process.StandardOutput.ReadToEndAsync(Cancellation);
        var error = process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        var command = $"{program} {string.Join(' ', arguments)}";
        Assert.True(process.ExitCode == 0, $"{command} ended with {process.ExitCode}:\n{await output}\n{await error}");
        return await output;
    }
}
