using System.Globalization;
using Microsoft.Data.Sqlite;
using SmtpTransport.Outbox;

namespace SmtpTransport.OutboxSimulation;

/// <summary>The file of the outbox, and what it holds, read beside the outbox.</summary>
internal sealed class SimulationStore : IDisposable
{
    private static readonly string Parent = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    private readonly string _folder = Directory.CreateDirectory(Path.Combine(Parent, $"simulation-{Guid.NewGuid():N}")).FullName;
    private readonly SqliteConnection _connection;

    public SimulationStore()
    {
        _connection = new SqliteConnection(ConnectionString);
        _connection.Open();
        var options = new OutboxOptions().UseSqlite(ConnectionString);
        using var database = options.CreateDatabase(TimeProvider.System);
        database.PrepareAsync(null, CancellationToken.None).GetAwaiter().GetResult();
    }

    public string ConnectionString => $"Data Source={_folder}/outbox.db";

    public void Empty()
    {
        Execute("DELETE FROM smtp_outbox_email");
        Execute("DELETE FROM smtp_outbox_part");
        Execute("DELETE FROM smtp_outbox_worker");
        Execute("DELETE FROM smtp_outbox_setting");
        Execute("DELETE FROM smtp_outbox_pause");
    }

    public void Execute(string sql)
    {
        using var command = Create(sql);
        command.ExecuteNonQuery();
    }

    public long Count(string from)
    {
        using var command = Create($"SELECT count(*) FROM smtp_outbox_{from}");
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    /// <summary>The ids of the emails that meet a condition.</summary>
    public List<Guid> ListIds(string condition)
    {
        using var command = Create($"SELECT id FROM smtp_outbox_email WHERE {condition}");
        using var reader = command.ExecuteReader();
        var ids = new List<Guid>();
        while (reader.Read())
            ids.Add(Guid.ParseExact(reader.GetString(0), "N"));
        return ids;
    }

    /// <summary>The states of the emails to an address.</summary>
    public List<OutboxState> ReadStates(string address)
    {
        // The envelope is JSON.
        using var command = Create(
            "SELECT state FROM smtp_outbox_email WHERE instr(CAST(envelope AS TEXT), @address) > 0 ORDER BY number");
        command.Parameters.AddWithValue("address", $"\"{address}\"");
        using var reader = command.ExecuteReader();
        var states = new List<OutboxState>();
        while (reader.Read())
            states.Add((OutboxState)reader.GetInt32(0));
        return states;
    }

    public void Dispose()
    {
        _connection.Dispose();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

#pragma warning disable CA2100 // Texts of this program.
    private SqliteCommand Create(string sql) => new(sql, _connection);
#pragma warning restore CA2100
}
