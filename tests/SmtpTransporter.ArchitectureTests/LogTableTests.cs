using System.Globalization;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace SmtpTransport.ArchitectureTests;

/// <summary>The table of docs/telemetry.md has the id and the level of every log message, and ids are unique in their package.</summary>
public sealed class LogTableTests
{
    private static readonly string[] Sources =
    [
        "SmtpTransporter", "SmtpTransporter.Extensions.DependencyInjection", "SmtpTransporter.Feedback", "SmtpTransporter.Outbox",
        "SmtpTransporter.Outbox.AspNetCore",
    ];

    [Fact]
    public void The_table_lists_every_log_message_with_its_id_and_level()
    {
        var rows = File.ReadLines(Path.Combine(SourceTree.Root, "docs", "telemetry.md"))
            .Select(line => line.Split(" | ")).Where(cells => cells is [['|', ' ', '`', ..], var id, _, _] && int.TryParse(id, out _))
            .Select(cells => (Source: cells[0].Trim('|', ' ', '`'), Id: IdOf(cells[1]), Level: cells[2])).ToList();

        Assert.Equal(Sources.SelectMany(MessagesOf).Order(), rows.Order());
        Assert.Equal(rows.Count, rows.Select(r => (r.Source, r.Id)).Distinct().Count());
    }

    private static IEnumerable<(string Source, int Id, string Level)> MessagesOf(string source) =>
        SourceTree.FilesIn($"src/{source}").SelectMany(file => SourceTree.NodesOf<AttributeSyntax>(SourceTree.Parse(file)))
            .Where(attribute => attribute.Name.ToString() == "LoggerMessage")
            .Select(attribute => attribute.ArgumentList!.Arguments)
            .Select(arguments => (source, IdOf(arguments[0].ToString()), arguments[1].ToString().Split('.')[^1]));

    private static int IdOf(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
