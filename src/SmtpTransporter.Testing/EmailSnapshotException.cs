using System.Globalization;

namespace SmtpTransport.Testing;

/// <summary>An email is not the one that was approved.</summary>
/// <remarks>The message has the first line that differs, and says which file has the whole email.</remarks>
public sealed class EmailSnapshotException : Exception
{
    internal EmailSnapshotException(string approvedFile, string receivedFile, string? approved, string received)
        : base(
            $"{Describe(approvedFile, approved, received)} The email is in \"{receivedFile}\"; "
            + $"if it is right, rename it to \"{approvedFile}\".")
    {
    }

    private static string Describe(string file, string? approved, string received)
    {
        if (approved is null)
            return $"There is no approved file \"{file}\".";
        var (old, current) = (approved.Split('\n'), received.Split('\n'));
        var line = 0;
        while (line < old.Length && line < current.Length && old[line] == current[line])
            line++;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The email differs from \"{file}\" in line {line + 1}: approved is {Show(old, line)}, the email has {Show(current, line)}.");
    }

    private static string Show(string[] lines, int line) => line < lines.Length ? $"\"{lines[line]}\"" : "no such line";
}
