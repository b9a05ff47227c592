using System.Collections;
using System.Globalization;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>The table of docs/options.md lists the options as they are.</summary>
public sealed class OptionsDocumentTests
{
    private const string None = "–";

    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(FindRoot(), "docs", "options.md"));

    [Fact]
    public void The_document_lists_every_option_once_with_its_keys()
    {
        var expected = OptionTable.All.ToDictionary(o => o.Name,
            o => (Url: Code(o.UrlKey is { } key ? [key] : []), Setting: Code(SettingKeys(o))));

        Assert.Equal(
            expected.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key} | {e.Value.Url} | {e.Value.Setting}"),
            Rows("Option", 5).Select(r => $"{r[0].Trim('`')} | {r[1]} | {r[2]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_document_states_every_default()
    {
        var options = new ServerOptions();

        Assert.All(Rows("Option", 5), row =>
        {
            var value = typeof(ServerOptions).GetProperty(row[0].Trim('`'))!.GetValue(options);
            var allowed = DefaultOf(value);
            Assert.True(allowed.Contains(row[3]), $"{row[0]}: the default is {string.Join(" or ", allowed)}, and not {row[3]}.");
        });
    }

    [Fact]
    public void The_document_names_the_secrets() =>
        Assert.All(OptionTable.All.Where(o => o.IsSecret), option =>
            Assert.EndsWith("Secret.", Rows("Option", 5).Single(r => r[0] == $"`{option.Name}`")[4], StringComparison.Ordinal));

    [Fact]
    public void The_document_lists_the_keys_of_the_OAuth_section() =>
        Assert.Equal(
            OAuthSettings.Keys.Order(StringComparer.Ordinal),
            Rows("Setting key", 2).SelectMany(r => r[0].Split(", ")).Select(k => k.Trim('`')).Order(StringComparer.Ordinal));

    private static IEnumerable<string> SettingKeys(OptionDescriptor option) =>
        option.SettingSection is { } section ? [$"{section}:…"] : option.Settings.Select(s => s.Key);

    private static string Code(IEnumerable<string> keys) =>
        string.Join(", ", keys.Select(k => $"`{k}`")) is { Length: > 0 } text ? text : None;

    /// <summary>The ways in which the document may write a default.</summary>
    private static string[] DefaultOf(object? value) => value switch
    {
        bool flag => [flag ? "true" : "false"],
        TimeSpan time => [string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds} s")],
        int number => [number.ToString(CultureInfo.InvariantCulture)],
        Enum name => [$"`{name}`"],
        MailMode => ["`Utf8`"],
        null => ["none", "only on 465", "the machine's name"],
        "" => ["required"],
        IEnumerable => ["none", "all"],
        _ => throw new NotSupportedException($"{value} is of a type that no option had."),
    };

    /// <summary>The rows of the table whose first column has this title.</summary>
    private static List<string[]> Rows(string title, int columns)
    {
        var rows = Lines.SkipWhile(l => !l.StartsWith($"| {title} |", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(l => l.StartsWith('|')).Select(l => l.Trim('|').Split('|', StringSplitOptions.TrimEntries)).ToList();
        Assert.NotEmpty(rows);
        Assert.All(rows, r => Assert.Equal(columns, r.Length));
        return rows;
    }

    internal static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SmtpTransporter.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests must run below the repository's root.");
    }
}
