using System.Security.Cryptography;
using Moq;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>A transporter with a suppression list, in memory and in a file, and its form as CSV.</summary>
public sealed class SuppressionListTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 1, 31, 12, 0, 0, 5, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("suppressions").FullName;

    public static TheoryData<bool, bool> Ways => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Suppressed_recipients_are_left_out_and_reported(bool isFile, bool async)
    {
        var list = Create(isFile);
        await list.AddAsync(New("BOB@Bücher.example") with { Words = "550 5.1.1 Unknown" }, Cancellation);
        await list.AddAsync(New("cid@example.org") with { Stream = "newsletter" }, Cancellation);
        await using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(server.ToServerOptions() with { SuppressionList = list });

        var invoice = await SendAsync(transporter, async, "ann@example.org, bob@xn--bcher-kva.example, cid@example.org", null);
        var news = await SendAsync(transporter, async, "ann@example.org, cid@example.org", "newsletter");

        Assert.Equal(["ann@example.org", "cid@example.org"], server.Messages[0].Recipients);
        Assert.Equal(["ann@example.org"], server.Messages[1].Recipients);
        Assert.Equal((Outcome.Accepted, Outcome.Accepted), (invoice.Outcome, news.Outcome));
        var bob = Assert.Single(invoice.Recipients, r => r.State == RecipientState.Suppressed);
        Assert.Equal(("bob@xn--bcher-kva.example", "HardBounce: 550 5.1.1 Unknown"), (bob.Address, bob.StatusText));
        Assert.Equal("SuppressionList has dropped 1 of the recipients.", Assert.Single(invoice.Warnings).Message);
        Assert.Empty(invoice.RetryRecipients);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Nothing_is_sent_if_all_recipients_are_suppressed(bool isFile, bool async)
    {
        var list = Create(isFile);
        await list.AddAsync(New("ann@example.org"), Cancellation);
        await using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(server.ToServerOptions() with { SuppressionList = list });

        var result = await SendAsync(transporter, async, "ann@example.org", null);

        Assert.Equal((Outcome.NotSent, SmtpErrorCodes.NoAllowedRecipient), (result.Outcome, Assert.Single(result.Errors).ErrCode));
        Assert.Equal("All of the recipients are on the suppression list: nothing was sent.", result.Reason);
        Assert.Equal(RecipientState.Suppressed, Assert.Single(result.Recipients).State);
        Assert.Empty(server.Sessions);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_sent_if_the_list_fails(bool async)
    {
        var list = new FileSuppressionList(Path.Combine(_folder, "list.csv"));
        File.Delete(list.Path);
        await using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(server.ToServerOptions() with { SuppressionList = list });

        var missing = await SendAsync(transporter, async, "ann@example.org", null);
        await File.WriteAllTextAsync(list.Path, "address,reason\nann@example.org,Bored\n", Cancellation);
        var damaged = await SendAsync(transporter, async, "ann@example.org", null);
        await File.WriteAllTextAsync(list.Path, "address\nbob@example.org\n", Cancellation);
        var mended = await SendAsync(transporter, async, "ann@example.org", null);

        Assert.Equal(SmtpErrorCodes.CallbackFailed, missing.Errors[^1].ErrCode);
        Assert.Contains("does not exist any more", missing.Reason, StringComparison.Ordinal);
        Assert.Contains("Line 2: reason is \"Bored\"", damaged.Reason, StringComparison.Ordinal);
        Assert.True(mended.Success);
    }

    [Fact]
    public async Task A_file_keeps_what_is_added_and_removed_and_is_read_again_after_a_person_has_changed_it()
    {
        var path = Path.Combine(_folder, "list.csv");
        var list = new FileSuppressionList(path);
        Assert.True(await list.AddAsync(New("ann@example.org"), Cancellation));
        Assert.False(await list.AddAsync(New("Ann@example.org"), Cancellation));
        Assert.Equal(2, await list.AddManyAsync([New("bob@example.org"), New("cid@example.org")], Cancellation));
        Assert.True(await list.RemoveAsync("BOB@example.org", "ann", cancellationToken: Cancellation));
        Assert.False(await list.RemoveAsync("bob@example.org", "ann", cancellationToken: Cancellation));

        var again = new FileSuppressionList(path);
        Assert.Equal(
            ["cid@example.org", "ann@example.org"],
            (await again.ListAsync(cancellationToken: Cancellation)).Entries.Select(e => e.Address));
        await File.AppendAllTextAsync(path, "dan@example.org,,Complaint,,,\n", Cancellation);

        Assert.Equal(SuppressionReason.Complaint, Assert.Single(await list.FindAsync("dan@example.org", Cancellation)).Reason);
        Assert.Single(await again.FindAsync("dan@example.org", Cancellation));
    }

    [Theory]
    [InlineData("address\nbob@example.org\n")]
    [InlineData("reason,address\nManual,bob@example.org\n")]
    [InlineData("address,stream,reason,words,by,at\nbob@example.org,,Manual,,,")]
    [InlineData("address,stream,reason,words,by,at\r\nbob@example.org,,Manual,,,\r\n")]
    [InlineData("address,stream,reason,words,by,at\nbob@example.org,,Manual,,,\n")]
    public async Task An_entry_is_added_to_a_file_however_a_person_has_written_it(string content)
    {
        var path = Path.Combine(_folder, "list.csv");
        await File.WriteAllTextAsync(path, content, Cancellation);

        await new FileSuppressionList(path).AddAsync(
            new Suppression("ann@example.org", SuppressionReason.Complaint) { Stream = "news" }, Cancellation);

        var entries = (await new FileSuppressionList(path).ListAsync(cancellationToken: Cancellation)).Entries;
        Assert.Equal(
            [("ann@example.org", SuppressionReason.Complaint, "news"), ("bob@example.org", SuppressionReason.Manual, null)],
            entries.Select(e => (e.Address, e.Reason, e.Stream)));
    }

    [Fact]
    public async Task What_cannot_be_read_is_no_gap_in_an_export()
    {
        var list = new Mock<ISuppressionList>(MockBehavior.Strict);
        var lost = new Suppression("", SuppressionReason.Complaint) { IsReadable = false, At = At };
        list.Setup(l => l.ListAsync(It.IsAny<int>(), null, Cancellation)).ReturnsAsync(new SuppressionPage([lost], null));

        var exception = await Assert.ThrowsAsync<CryptographicException>(() => list.Object.ExportAsync(new StringWriter(), Cancellation));

        Assert.StartsWith("The entry Complaint of 2026-01-31 12:00:00Z cannot be decrypted", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_goes_on_after_a_call_that_has_waited_in_vain_and_says_so_at_its_end()
    {
        var list = new Mock<ISuppressionList>(MockBehavior.Strict);
        var added = 0;
        list.Setup(l => l.AddManyAsync(It.IsAny<IReadOnlyList<Suppression>>(), Cancellation))
            .Callback((IReadOnlyList<Suppression> some, CancellationToken _) => added += some.Count)
            .ThrowsAsync(new TimeoutException("A worker hangs."));
        var csv = "address\n" + string.Concat(Enumerable.Range(0, 20_001).Select(i => $"u{i}@example.org\n"));

        var exception = await Assert.ThrowsAsync<TimeoutException>(
            () => list.Object.ImportAsync(new StringReader(csv), "ann", Cancellation));

        Assert.Equal(("A worker hangs.", 20_001), (exception.Message, added));
    }

    [Fact]
    public async Task Every_value_goes_through_csv_and_none_is_a_formula_there()
    {
        var list = new MemorySuppressionList();
        List<Suppression> entries =
        [
            New("+ann@example.org") with { Stream = " news, daily ", Words = "=1+1", By = "@u", At = At },
            New("=ann@example.org") with { Stream = "'=x", Words = "She said \"no\"\nand no.", At = At, By = " x" },
            New("-ann@example.org") with { Words = "'quoted'", By = "\tx", At = At },
        ];
        await list.AddManyAsync(entries, Cancellation);
        var csv = new StringWriter();

        Assert.Equal(3, await list.ExportAsync(csv, Cancellation));
        var other = new MemorySuppressionList();
        Assert.Equal(3, await other.ImportAsync(new StringReader(csv.ToString()), "ann", Cancellation));

        Assert.Equal(
            entries.Select(e => e with { By = e.By ?? "ann" }).OrderBy(e => e.Address, StringComparer.Ordinal),
            (await other.ListAsync(cancellationToken: Cancellation)).Entries.OrderBy(e => e.Address, StringComparer.Ordinal));
        Assert.DoesNotMatch("(^|,)\"?[=+@\t-]", csv.ToString());
        Assert.Contains("'+ann@example.org,\" news, daily \",HardBounce,'=1+1,'@u,2026", csv.ToString(), StringComparison.Ordinal);
        Assert.Contains("'=ann@example.org,''=x,", csv.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_is_read_in_pages_the_newest_first_while_entries_are_removed()
    {
        var list = new MemorySuppressionList();
        await list.AddManyAsync([.. Enumerable.Range(0, 5).Select(i => New($"u{i}@example.org"))], Cancellation);

        var first = await list.ListAsync(2, cancellationToken: Cancellation);
        await list.RemoveAsync("u3@example.org", "ann", cancellationToken: Cancellation);
        var second = await list.ListAsync(2, first.NextPage, Cancellation);
        var third = await list.ListAsync(2, second.NextPage, Cancellation);

        Assert.Equal(
            ["u4@example.org", "u3@example.org", "u2@example.org", "u1@example.org", "u0@example.org"],
            first.Entries.Concat(second.Entries).Concat(third.Entries).Select(e => e.Address));
        Assert.Null(third.NextPage);
        Assert.StartsWith(
            "page is \"x\"",
            (await Assert.ThrowsAsync<ArgumentException>(() => list.ListAsync(page: "x", cancellationToken: Cancellation))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_one_of_many_is_named_with_its_position_and_nothing_is_added()
    {
        var list = new MemorySuppressionList();

        var exception = await Assert.ThrowsAsync<ArgumentException>(
            () => list.AddManyAsync([New("ann@example.org"), New("bob")], Cancellation));

        Assert.StartsWith("suppressions[1]: Address is not one valid address", exception.Message, StringComparison.Ordinal);
        Assert.Empty((await list.ListAsync(cancellationToken: Cancellation)).Entries);
    }

    private static Suppression New(string address) => new(address, SuppressionReason.HardBounce);

    private static async Task<SendResult> SendAsync(SmtpTransporter transporter, bool async, string to, string? stream)
    {
        var email = new Email { From = "shop@example.com", To = to, Subject = "Hello", TextBody = "Hello", Stream = stream };
        return async ? await transporter.SendAsync(email, Cancellation) : transporter.Send(email, Cancellation);
    }

    private ISuppressionList Create(bool isFile) =>
        isFile ? new FileSuppressionList(Path.Combine(_folder, "list.csv")) : new MemorySuppressionList();
}
