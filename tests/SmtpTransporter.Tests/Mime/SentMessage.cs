using System.Text;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Messages as they are sent.</summary>
internal static class SentMessage
{
    /// <summary>Returns the message of an email that may lack a sender and a recipient, one character for each octet.</summary>
    public static string Write(Email email, MailMode? mode = null)
    {
        var options = new MimeWriteOptions(mode ?? MailMode.Utf8, mode ?? MailMode.Utf8) { IsSent = true };
        var open = new List<IDisposable>();
        using var stream = new MemoryStream();
        var (message, _) = MessageBuilder.WriteAsync(
            async: false, EmailValidator.Checked(email), options, TimeProvider.System, open, CancellationToken.None).GetCompletedResult();
        MimeWriter.WriteAsync(async: false, message, stream, sevenBit: false, CancellationToken.None).GetCompletedResult();
        open.ForEach(content => content.Dispose());
        return Encoding.Latin1.GetString(stream.ToArray());
    }

    /// <summary>Asserts that a server takes the lines.</summary>
    public static void AssertLines(string message)
    {
        var bare = message.Replace("\r\n", "", StringComparison.Ordinal);
        Assert.DoesNotContain('\r', bare);
        Assert.DoesNotContain('\n', bare);
        Assert.DoesNotContain('\0', bare);
        Assert.All(message.Split("\r\n"), line => Assert.InRange(line.Length, 0, 998));
        Assert.True(Ascii.IsValid(message.Split("\r\n\r\n")[0]));
    }
}
