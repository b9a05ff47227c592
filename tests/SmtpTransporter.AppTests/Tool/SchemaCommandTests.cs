using Microsoft.Data.Sqlite;
using SmtpTransport.Tool;
using Spectre.Console;
using Xunit;

namespace SmtpTransport.AppTests.Tool;

/// <summary>The command <c>outbox schema</c>.</summary>
public sealed class SchemaCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("schema").FullName;
    private readonly StringWriter _screen = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Database => $"Data Source={_folder}/outbox.db";

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_printed_statements_make_tables_that_pass_the_check()
    {
        Assert.Equal(1, await RunAsync("outbox", "schema", "--check", Database));
        Assert.Contains("the outbox is not installed there", Screen);
        _output.GetStringBuilder().Clear();

        Assert.Equal(0, await RunAsync("outbox", "schema", Database));
        await ExecuteAsync(_output.ToString());

        Assert.Equal(0, await RunAsync("outbox", "schema", "--check", Database));
        Assert.Contains("The tables are as version 6 needs them.", Screen);
    }

    [Fact]
    public async Task The_check_shows_what_to_run()
    {
        await RunAsync("outbox", "schema", Database);
        await ExecuteAsync(_output.ToString());
        await ExecuteAsync("DROP INDEX smtp_outbox_email_ready; DROP INDEX smtp_outbox_email_ask;");
        await ExecuteAsync("CREATE INDEX smtp_outbox_email_ask ON smtp_outbox_email (size);");
        _output.GetStringBuilder().Clear();

        Assert.Equal(1, await RunAsync("outbox", "schema", "--check", Database));

        Assert.Contains("The index smtp_outbox_email_ready is missing.", Screen);
        Assert.Contains("The index smtp_outbox_email_ask has another definition", Screen);
        await ExecuteAsync(_output.ToString());
        Assert.Equal(0, await RunAsync("outbox", "schema", "--check", Database));
    }

    [Fact]
    public async Task The_statements_for_PostgreSQL_name_the_prefix_and_the_schema()
    {
        Assert.Equal(0, await RunAsync("outbox", "schema", "Host=nowhere", "--prefix", "mail", "--schema", "apps"));

        Assert.Contains("CREATE TABLE \"apps\".mail_email (", _output.ToString());
        Assert.Contains("BYTEA", _output.ToString());
    }

    [Fact]
    public async Task The_statements_for_MariaDB_are_those_of_its_dialect()
    {
        Assert.Equal(0, await RunAsync("outbox", "schema", "Server=nowhere;Database=ghost", "--prefix", "mail"));

        Assert.Contains("CREATE TABLE mail_email (", _output.ToString());
        Assert.Contains("COLLATE utf8mb4_nopad_bin;", _output.ToString());
    }

    [Theory]
    [InlineData("A password in an argument", "outbox", "schema", "Host=db;Password=secret")]
    [InlineData("No database", "outbox", "schema")]
    [InlineData("The connection string needs Host=… (PostgreSQL), Server=… (MariaDB)", "outbox", "schema", "Database=shop")]
    [InlineData("TablePrefix is Mail", "outbox", "schema", "Host=db", "--prefix", "Mail")]
    public async Task Wrong_arguments_are_named(string expected, params string[] arguments)
    {
        Assert.Equal(64, await RunAsync(arguments));

        Assert.Contains(expected, _errors.ToString());
        Assert.DoesNotContain("secret", _errors.ToString());
    }

    private string Screen => _screen.ToString().ReplaceLineEndings(" ");

    private Task<int> RunAsync(params string[] arguments)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(_screen) });
        console.Profile.Width = 400;
        return new CommandLineTool(new ToolContext(console, _output, _errors, _ => null)).RunAsync(arguments, Cancellation);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection(Database);
        await connection.OpenAsync(Cancellation);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // What the tool printed.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
