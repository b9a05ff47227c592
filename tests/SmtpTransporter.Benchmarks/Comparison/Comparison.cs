namespace SmtpTransport.Benchmarks;

/// <summary>
/// Runs all clients in turn, round by round, so that other load on the machine affects all of them, and checks what they delivered.
/// </summary>
internal sealed class Comparison(Plan plan)
{
    private readonly Dictionary<string, ClientProcess> _running = [];
    private readonly Dictionary<string, string> _missing = [];

    /// <returns>1 if a client's count differs from the count of the sink; otherwise 0.</returns>
    public async Task<int> RunAsync()
    {
        Artifacts.MakeCertificate();
        MailContent.WriteTo(Artifacts.Content);
        var report = new Report(plan);
        try
        {
            await StartClientsAsync();
            report.Begin([.. _running.Values], _missing);
            foreach (var scenario in plan.Scenarios)
                report.Add(scenario, await RunAsync(scenario));
        }
        finally
        {
            foreach (var client in _running.Values)
                await client.DisposeAsync();
        }
        report.End();
        return report.IsWrong ? 1 : 0;
    }

    private async Task StartClientsAsync()
    {
        foreach (var client in Client.All.Where(c => plan.Scenarios.Any(s => s.Entries.Any(e => e.Client == c.Name))))
        {
            if (!client.IsInstalled)
            {
                _missing[client.Name] = "not installed";
                continue;
            }
            try
            {
                _running[client.Name] = await ClientProcess.StartAsync(client);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                _missing[client.Name] = $"does not start: {exception.Message}";
            }
        }
    }

    private async Task<List<Row>> RunAsync(Scenario scenario)
    {
        Progress($"{scenario.Title}: warming up");
        var rows = scenario.Entries.Select(e => new Row(e, Client.All.Single(c => c.Name == e.Client))).ToList();
        await using (var near = await Sink.StartAsync(Link.Loopback, scenario.Chunking, scenario.Tls))
        {
            foreach (var row in rows)
            {
                if (_running.TryGetValue(row.Entry.Client, out var client))
                    await client.WarmUpAsync(near, scenario.Size, scenario.Tls, plan.Budget);
                else
                    row.Remark = _missing[row.Entry.Client];
            }
        }
        Network.SetDelay(scenario.Link == Link.RoundTrip20);
        await using var sink = await Sink.StartAsync(scenario.Link, scenario.Chunking, scenario.Tls);
        foreach (var row in rows)
            await ProbeAsync(scenario, sink, row);
        for (var round = 1; round <= plan.Budget.Rounds; round++)
        {
            Progress($"{scenario.Title}: round {round} of {plan.Budget.Rounds}");
            // Alternate the direction, so that no client always follows the same one.
            foreach (var row in (round % 2 == 1 ? rows : rows.AsEnumerable().Reverse()).Where(r => r.Remark is null))
                await SendAsync(scenario, sink, row, row.Count, counts: true);
        }
        return rows;
    }

    /// <summary>Finds out how many messages make a round of the wanted length.</summary>
    private async Task ProbeAsync(Scenario scenario, Sink sink, Row row)
    {
        var count = Math.Max(4, 2 * row.Entry.Connections);
        while (row.Remark is null && await SendAsync(scenario, sink, row, count, counts: false) is { } measurement)
        {
            var wanted = measurement.Messages * plan.Budget.SecondsPerRound / measurement.Seconds;
            row.Count = (int)Math.Clamp(wanted, Math.Max(4, 2 * row.Entry.Connections), 200_000);
            if (measurement.Seconds >= plan.Budget.SecondsPerRound / 8 || count >= 200_000)
                return;
            count *= 4;
        }
    }

    private async Task<Measurement?> SendAsync(Scenario scenario, Sink sink, Row row, int count, bool counts)
    {
        var client = _running[row.Entry.Client];
        if (!client.IsAlive)
        {
            row.Remark ??= "had failed before";
            return null;
        }
        var before = await sink.ReadAsync();
        var reported = await client.RunAsync(new(sink.Host, sink.Port, scenario.Tls, scenario.Size, row.Entry.Connections, count));
        var received = await sink.ReadAsync() - before;
        row.Remark = reported.Unsupported ?? (reported.Error is null ? null : $"failed: {reported.Error}");
        if (row.Remark is not null)
            return null;
        if (reported.Messages != count || received.Messages != reported.Messages + reported.Opening
            || received.Octets < received.Messages * MailContent.Of(scenario.Size).LeastOctets)
        {
            row.IsWrong = true;
            row.Remark = $"WRONG: reported {reported.Messages} + {reported.Opening} of {count}, "
                + $"delivered {received.Messages} with {received.Octets} octets";
            return null;
        }
        if (counts)
            row.Rounds.Add(new(reported, received));
        return reported;
    }

    private static void Progress(string text) => Console.Error.WriteLine($"{DateTime.Now:HH:mm:ss} {text}");
}
