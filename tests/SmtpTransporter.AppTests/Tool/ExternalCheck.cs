using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace SmtpTransport.AppTests.Tool;

/// <summary>Lets a program of the machine check a file, if it is there.</summary>
internal static class ExternalCheck
{
    public static async Task AcceptsAsync(string program, string[] args)
    {
        Process? process;
        try
        {
            process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true });
        }
        catch (Win32Exception)
        {
            // It is not installed.
            return;
        }
        using (process)
        {
            var cancellationToken = TestContext.Current.CancellationToken;
            var (output, errors) = (
                process!.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
            await process.WaitForExitAsync(cancellationToken);
            Assert.Equal((0, "", ""), (process.ExitCode, await output, await errors));
        }
    }
}
