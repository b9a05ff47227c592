namespace SmtpTransport.Lab;

public abstract partial class ServerTests
{
    [Fact]
    public async Task An_email_is_accepted_on_a_connection_that_a_restart_has_ended()
    {
        await using var transporter = new SmtpTransporter(Options);
        AssertAccepted(await SendAsync(transporter, "Before", "u1@ok.test"));

        await lab.DoAsync("restart");

        AssertAccepted(await SendAsync(transporter, "After", "u1@ok.test"));
    }

    [Fact]
    public async Task A_restart_in_the_middle_loses_and_doubles_nothing()
    {
        await using var transporter = new SmtpTransporter(Options with { SendTimeout = TimeSpan.FromSeconds(30) });
        _ledger.MayBeLost = !Server.StoresBeforeItAnswers;
        var restart = Task.CompletedTask;
        var (count, postponed) = (0, 0);

        try
        {
            await foreach (var (_, result) in transporter.SendManyAsync(NewEmails("Restart"), cancellationToken: Cancellation))
            {
                _ledger.Add(result);
                // A proxy whose own server is restarted answers 421 to the messages that it has at that moment.
                if (result is { Outcome: Outcome.Deferred, Status: 421 })
                    postponed++;
                else
                    Assert.True(result.Outcome is Outcome.Accepted or Outcome.Unknown, Describe(result));
                if (++count == 60)
                    restart = lab.DoAsync("restart");
            }
        }
        finally
        {
            await restart;
        }

        Assert.Equal(Many, count);
        Assert.InRange(postponed, 0, 10);
        await SendOneMoreAsync(transporter);
    }

    [Fact]
    public async Task A_server_that_stands_still_leaves_the_truth_in_the_results()
    {
        await using var transporter = new SmtpTransporter(Options with { SendTimeout = TimeSpan.FromSeconds(3) });
        var (count, isFrozen, lost) = (0, false, 0);

        try
        {
            await foreach (var (_, result) in transporter.SendManyAsync(NewEmails("Frozen"), cancellationToken: Cancellation))
            {
                _ledger.Add(result);
                if (++count == 60)
                {
                    lab.Freeze();
                    isFrozen = true;
                }
                if (result.Outcome == Outcome.Accepted)
                    continue;
                // Time ran out for what was on its way; now the others go on.
                Assert.True(isFrozen && (result.IsTransient || result.Outcome == Outcome.Unknown), Describe(result));
                lab.Thaw();
                lost++;
            }
        }
        finally
        {
            lab.Thaw();
        }

        Assert.Equal(Many, count);
        Assert.InRange(lost, 1, 40);
        await SendOneMoreAsync(transporter);
    }
}
