using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SmtpTransport.Tool;

/// <summary>What a ledger belongs to: a template and a server. Immutable.</summary>
/// <param name="Subject">The subject, for people.</param>
/// <param name="Template">A hash of the template.</param>
/// <param name="Server">The host and port.</param>
internal sealed record LedgerOrigin(string? Subject, string Template, string Server)
{
    public static LedgerOrigin Of(Email template, ServerOptions options)
    {
        string?[] parts =
        [
            template.From.ToString(), template.Subject, template.TextBody, template.HtmlBody,
            .. template.Attachments.Select(a => a.Name),
        ];
        var content = JsonSerializer.Serialize(parts);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(content));
        return new(template.Subject, Convert.ToHexStringLower(hash), $"{options.Host}:{options.Port}");
    }
}
