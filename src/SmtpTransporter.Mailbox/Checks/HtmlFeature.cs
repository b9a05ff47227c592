using System.Text.Json;

namespace SmtpTransport.Mailbox;

/// <summary>A part of HTML or CSS that some email programs do not show.</summary>
/// <param name="Kind">
/// <c>property</c> (with a value behind a colon, if only that one is meant), <c>function</c>, <c>rule</c>, <c>selector</c>, <c>element</c>,
/// <c>attribute</c> or <c>image</c> (the beginning or the end of an address).
/// </param>
/// <param name="Name">The name as it is written in the HTML.</param>
/// <param name="Clients">The email programs that do not show it.</param>
/// <param name="Feature">The page below <see cref="Site"/> with the tests of it.</param>
/// <param name="Tested">The date of the last test there.</param>
internal sealed record HtmlFeature(string Kind, string Name, IReadOnlyList<string> Clients, string Feature, string Tested)
{
    /// <summary>Where the support of each feature is tested and published.</summary>
    public const string Site = "https://www.caniemail.com/features/";

    public static IReadOnlyList<HtmlFeature> All { get; } = Load();

    private static IReadOnlyList<HtmlFeature> Load()
    {
        using var stream = typeof(HtmlFeature).Assembly.GetManifestResourceStream("html-support.json")!;
        return JsonSerializer.Deserialize(stream, MailboxJson.Default.IReadOnlyListHtmlFeature)!;
    }
}
