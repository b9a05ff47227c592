namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>A server that somebody else runs, for the tests that need only a database on one.</summary>
internal static class GivenServer
{
    private const string Variable = "OUTBOX_CONNECTION";

    private static readonly string[] Kinds = ["postgres", "mariadb"];

    /// <summary>The connection string of a user who may create databases; null if the tests start a server themselves.</summary>
    /// <param name="kind"><c>postgres</c> or <c>mariadb</c>.</param>
    /// <exception cref="InvalidOperationException">The variable names no kind of server.</exception>
    public static string? Find(string kind)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } given)
            return null;
        if (!Array.Exists(Kinds, k => given.StartsWith(k + ":", StringComparison.Ordinal)))
        {
            // Without the rest, which may have a password.
            throw new InvalidOperationException(
                $"{Variable} begins with \"{given.Split(':')[0]}\"; it must be \"postgres:Host=…\" or \"mariadb:Server=…\".");
        }
        return given.StartsWith(kind + ":", StringComparison.Ordinal) ? given[(kind.Length + 1)..] : null;
    }

    /// <summary>What a test says that would end the server.</summary>
    public static InvalidOperationException MustNotEnd() =>
        new($"This test ends its server, and does not end that of {Variable}: run it without the variable.");
}
