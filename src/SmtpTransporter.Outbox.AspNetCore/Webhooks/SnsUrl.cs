using System.Text.RegularExpressions;

namespace SmtpTransport.Outbox;

/// <summary>Which URLs of a message are those of Amazon SNS itself: no other one is asked for anything.</summary>
internal static partial class SnsUrl
{
    /// <summary>The URL of a signing certificate; null if it is another one.</summary>
    public static Uri? Certificate(string text) =>
        Parse(text) is { Query: "", Fragment: "" } url && url.AbsolutePath.EndsWith(".pem", StringComparison.Ordinal) ? url : null;

    /// <summary>The URL that confirms a subscription; null if it is another one.</summary>
    public static Uri? Subscription(string text) => Parse(text);

    private static Uri? Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url is { IsDefaultPort: true, UserInfo: "" }
        && url.Scheme == Uri.UriSchemeHttps && Host().IsMatch(url.Host)
            ? url
            : null;

    [GeneratedRegex(@"\Asns\.[a-z]{2,4}(?:-[a-z]{1,12}){1,3}-[0-9]{1,2}\.amazonaws\.com(?:\.cn)?\z")]
    private static partial Regex Host();
}
