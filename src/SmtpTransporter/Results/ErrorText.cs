using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace SmtpTransport;

/// <summary>
/// The words of an error, which know where they come from: an interpolated string in which the words and the numbers are our own, and each
/// text in a hole comes from elsewhere, such as a server's reply. Secrets are searched for in those alone: to mask our own words would tell
/// what the secret is. Write a sentence without holes as <c>$"…"</c> too: plain text converts to words from elsewhere.
/// </summary>
/// <remarks>
/// The formats of a hole are <see cref="Own"/> for text of our own, and <see cref="Personal"/> for what the caller wrote in the place of
/// an address.
/// </remarks>
[InterpolatedStringHandler]
internal sealed class ErrorText(int literalLength, int formattedCount)
{
    public const string Own = "own";

    public const string Personal = "personal";

    private readonly List<Part> _parts = new(literalLength > 0 ? 2 * formattedCount + 1 : formattedCount);

    private enum Origin
    {
        Own,
        Elsewhere,
        Personal,
    }

    /// <summary>Words that come from elsewhere as a whole.</summary>
    public static implicit operator ErrorText(string text) => new ErrorText(0, 1).Add(text, Origin.Elsewhere);

    /// <summary>The words themselves: for an interpolated string in an expression, which would become plain text.</summary>
    public static ErrorText Say(ErrorText words) => words;

    /// <summary>Words of our own that were made elsewhere, such as those of an option's check.</summary>
    public static ErrorText OfOurs(string text) => new ErrorText(0, 1).Add(text, Origin.Own);

    /// <summary>
    /// The message of an exception. Those that only name a failure of the network or of TLS have no word of the server's in them.
    /// </summary>
    public static ErrorText Of(Exception exception) => exception switch
    {
        IWorded worded => worded.Text,
        System.Net.Sockets.SocketException or System.Security.Authentication.AuthenticationException
            or System.Security.Cryptography.CryptographicException or OperationCanceledException
            or IOException { InnerException: System.Net.Sockets.SocketException } => OfOurs(exception.Message),
        _ => exception.Message,
    };

    public void AppendLiteral(string value) => Add(value, Origin.Own);

    // Not one method with an optional format: the generic one would be taken for text without a format.
    public void AppendFormatted(string? value) => Add(value ?? "", Origin.Elsewhere);

    public void AppendFormatted(string? value, string format) =>
        Add(value ?? "", format switch { Own => Origin.Own, Personal => Origin.Personal, _ => Origin.Elsewhere });

    public void AppendFormatted(ErrorText? value) => _parts.AddRange(value?._parts ?? []);

    public void AppendFormatted<T>(T value) =>
        Add(string.Create(CultureInfo.InvariantCulture, $"{value}"), value is string or Exception ? Origin.Elsewhere : Origin.Own);

    /// <summary>The same words with those from elsewhere rewritten.</summary>
    public ErrorText Rewritten(Func<string, string> rewrite)
    {
        var copy = new ErrorText(0, _parts.Count);
        foreach (var part in _parts)
            copy.Add(part.Origin == Origin.Elsewhere ? rewrite(part.Text) : part.Text, part.Origin);
        return copy;
    }

    /// <summary>The text without addresses.</summary>
    public string WithoutAddresses() => AddressMask.Hide(Join(part => part.Origin == Origin.Personal ? AddressMask.Mask : part.Text));

    public override string ToString() => Join(part => part.Text);

    private string Join(Func<Part, string> text)
    {
        var joined = new StringBuilder();
        foreach (var part in _parts)
            joined.Append(text(part));
        return ServerText.Clean(joined.ToString());
    }

    private ErrorText Add(string text, Origin origin)
    {
        _parts.Add(new Part(text, origin));
        return this;
    }

    private readonly record struct Part(string Text, Origin Origin);
}
