using System.Globalization;
using Npgsql;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>Debian's PgBouncer in front of a PostgreSQL, on loopback.</summary>
internal sealed class PgBouncer : IDisposable
{
    private const string Program = "/usr/sbin/pgbouncer";

    private readonly string _folder;
    private readonly int _port;
    private readonly ServerProcess _process;

    private PgBouncer(string folder, int port, ServerProcess process) => (_folder, _port, _process) = (folder, port, process);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts a pooler.</summary>
    /// <param name="connectionString">Names the server and the database.</param>
    /// <param name="mode"><c>session</c> or <c>transaction</c>.</param>
    public static async Task<PgBouncer> StartAsync(string connectionString, string mode)
    {
        if (!File.Exists(Program))
            throw new InvalidOperationException("PgBouncer is missing: apt-get install pgbouncer");
        var folder = Directory.CreateTempSubdirectory("pgbouncer").FullName;
        await ServerProcess.RunAsync("chmod", ["755", folder], Cancellation);
        var target = new NpgsqlConnectionStringBuilder(connectionString).Port;
        var port = ServerProcess.FindPort();
        await File.WriteAllTextAsync($"{folder}/users", "\"postgres\" \"\"\n", Cancellation);
        await File.WriteAllTextAsync(
            $"{folder}/pgbouncer.ini",
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                [databases]
                * = host=127.0.0.1 port={target}
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = {port}
                unix_socket_dir =
                auth_type = trust
                auth_file = {folder}/users
                pool_mode = {mode}
                default_pool_size = 20
                """),
            Cancellation);
        // It refuses to run as root.
        string[] command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", Program, $"{folder}/pgbouncer.ini"];
        var process = await ServerProcess.StartAsync("PgBouncer", "/", command, "process up", Cancellation);
        return new PgBouncer(folder, port, process);
    }

    /// <summary>The same database through the pooler.</summary>
    public string Through(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Port = _port, MaxAutoPrepare = 0 }.ConnectionString;

    public void Dispose()
    {
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
