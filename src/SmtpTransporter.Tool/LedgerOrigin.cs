using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport.Tool;

/// <summary>What a ledger belongs to: a template and a server. Immutable.</summary>
/// <param name="Subject">The subject, for people.</param>
/// <param name="Template">A hash of the template with its attachments.</param>
/// <param name="Server">The host and port.</param>
internal sealed record LedgerOrigin(string? Subject, string Template, string Server)
{
    public static LedgerOrigin Of(Email template, ServerOptions options)
    {
        byte[] content;
        try
        {
            // With what is attached, which may be all that is new.
            content = Encoding.UTF8.GetBytes(template.ToJson());
        }
        catch (InvalidOperationException exception)
        {
            throw new UsageException($"The template cannot be used: {exception.Message}", exception);
        }
        var hash = SHA256.HashData(content);
        return new(template.Subject, Convert.ToHexStringLower(hash), $"{options.Host}:{options.Port}");
    }
}
