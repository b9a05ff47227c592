using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests stored messages, and the callback before their transmission.</summary>

public sealed class StoredMessageTests : SocketTest
{
    private static readonly byte[] Octets = Encoding.UTF8.GetBytes(
        "From: a@example.com\r\nTo: b@example.org\r\nSubject:  as  it is\r\nMessage-ID: <one@example.com>\r\nContent-Type: "
        + "text/plain; charset=utf-8\r\n"
        + "Content-Transfer-Encoding: 8bit\r\n\r\nGr\u00fc\u00dfe\r\n.dot\r\n");

    public static TheoryData<bool, bool, bool> Ways => new()
    {
        { true, true, true }, { true, true, false }, { true, false, false }, { false, false, false }, { false, true, true },
        { false, true, false },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Stored_octets_are_transmitted_unchanged(bool async, bool pipelining, bool chunking)
    {
        await using var server = Start(pipelining, chunking);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var message = new StoredMessage("bounces@example.com", ["b@example.org", "hidden@example.org"], Octets);

        var result = async ? await transporter.SendAsync(message, Cancellation) : transporter.Send(message, Cancellation);

        Assert.Equal(Outcome.Accepted, result.Outcome);
        Assert.Equal("one@example.com", result.MessageId);
        var received = Assert.Single(server.Messages);
        Assert.Equal(Octets, received.Raw.ToArray());
        Assert.Equal("bounces@example.com", received.Sender);
        Assert.Equal(["b@example.org", "hidden@example.org"], received.Recipients);
    }

    [Fact]
    public async Task A_server_without_8BITMIME_gets_a_seven_bit_message()
    {
        await using var server = SmtpTestServer.Start(new SmtpTestServerOptions { EightBitMime = false });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await transporter.SendAsync(new StoredMessage("", ["b@example.org"], Octets), Cancellation);

        Assert.Equal(Outcome.Accepted, result.Outcome);
        var received = Assert.Single(server.Messages);
        Assert.True(Ascii.IsValid(received.Raw.Span));
        Assert.Equal("Gr\u00fc\u00dfe\r\n.dot\r\n", Email.FromMime(received.Raw.ToArray()).TextBody);
    }

    [Theory]
    [InlineData("a\nb", "LF at byte 25")]
    [InlineData("a\rb", "CR at byte 25")]
    [InlineData("a\0b", "NUL at byte 25")]
    [InlineData("a\r", "CR at byte 25")]
    public async Task A_bare_line_break_is_not_transmitted(string body, string what)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await transporter.SendAsync(
            new StoredMessage("", ["b@example.org"], Encoding.ASCII.GetBytes("From: a@example.com\r\n\r\n1" + body)), Cancellation);

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.Contains(
            result.Errors, e => e.ErrCode == SmtpErrorCodes.InvalidMessage && e.Message.Contains(what, StringComparison.Ordinal));
        Assert.Empty(server.Messages);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pickup_file_appears_only_after_the_callback_before_transmission(bool fails)
    {
        var folder = Directory.CreateTempSubdirectory("pickup").FullName;
        await using var transporter = new SmtpTransporter(new ServerOptions { Host = "localhost", PickupFolder = folder });
        var filesBefore = -1;
        var message = new StoredMessage("", ["b@example.org"], Octets)
        {
            BeforeTransmission = _ =>
            {
                filesBefore = Directory.GetFiles(folder, "*.eml").Length;
                return fails ? throw new InvalidOperationException("not now") : ValueTask.CompletedTask;
            },
        };

        var result = await transporter.SendAsync(message, Cancellation);

        Assert.Equal(0, filesBefore);
        Assert.Equal(fails ? Outcome.NotSent : Outcome.Accepted, result.Outcome);
        Assert.Equal(fails, result.Errors.Any(e => e.ErrCode == SmtpErrorCodes.CallbackFailed));
        Assert.Equal(fails ? 0 : 1, Directory.GetFiles(folder).Length);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task After_a_loss_of_power_a_pickup_file_is_whole_or_not_there(bool async)
    {
        var folder = Directory.CreateTempSubdirectory("pickup").FullName;
        await using var transporter = new SmtpTransporter(new ServerOptions { PickupFolder = folder });
        var steps = new List<(string Flushed, long Length, int Files)>();
        DiskFlush.OnFlushed.Value = flushed => steps.Add(
            (Path.GetExtension(flushed), flushed == folder ? 0 : new FileInfo(flushed).Length, Directory.GetFiles(folder, "*.eml").Length));

        var result = await SendAsync(transporter, async, NewMail());

        AssertAccepted(result);
        // The whole content is on the disk before the file gets its name, and the name before the result says that it was accepted.
        var file = new FileInfo(Assert.Single(Directory.GetFiles(folder)));
        Assert.Equal([(".part", file.Length, 0), ("", 0, 1)], steps);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_callback_before_transmission_runs_before_any_octet_of_the_message(bool hasFrom, bool pipelining, bool chunking)
    {
        await using var server = Start(pipelining, chunking);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var calls = 0;
        var message = StoredMessage.FromEmail(NewEmail(hasFrom)) with
        {
            BeforeTransmission = _ =>
            {
                calls++;
                Assert.DoesNotContain(server.Sessions.SelectMany(s => s.Commands), c => c.StartsWith("BDAT", StringComparison.Ordinal));
                Assert.Empty(server.Messages);
                return ValueTask.CompletedTask;
            },
        };

        var result = await transporter.SendAsync(message, Cancellation);

        Assert.Equal(Outcome.Accepted, result.Outcome);
        Assert.Equal(1, calls);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_throwing_callback_before_transmission_prevents_only_its_own_message(bool hasFrom, bool pipelining, bool chunking)
    {
        await using var server = Start(pipelining, chunking);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var message = StoredMessage.FromEmail(NewEmail(hasFrom)) with
        {
            BeforeTransmission = _ => throw new IOException("the disk is full"),
        };

        var result = await transporter.SendAsync(message, Cancellation);
        var next = await transporter.SendAsync(NewEmail(hasFrom), Cancellation);

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.Contains(
            result.Errors,
            e => e.ErrCode == SmtpErrorCodes.CallbackFailed && e.Message.Contains("the disk is full", StringComparison.Ordinal));
        Assert.Equal(Outcome.Accepted, next.Outcome);
        Assert.Single(server.Messages);
    }

    [Fact]
    public async Task The_callback_before_transmission_counts_toward_the_time_limit()
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { SendTimeout = TimeSpan.FromMilliseconds(300) });
        var message = StoredMessage.FromEmail(NewEmail(true)) with
        {
            BeforeTransmission = async token => await new TaskCompletionSource().Task.WaitAsync(token),
        };

        var result = await transporter.SendAsync(message, Cancellation);

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.True(result.IsTransient);
        Assert.Empty(server.Messages);
    }

    [Fact]
    public async Task A_stale_connection_is_replaced_and_the_callback_is_not_called_twice()
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        Assert.True((await transporter.SendAsync(NewEmail(true), Cancellation)).Success);
        server.Script.On(SmtpStep.MailFrom).Times(1).Close();
        var calls = 0;
        var message = StoredMessage.FromEmail(NewEmail(true)) with
        {
            BeforeTransmission = _ =>
            {
                calls++;
                return ValueTask.CompletedTask;
            },
        };

        await transporter.SendAsync(message, Cancellation);

        Assert.Equal(1, calls);
    }

    [Fact]
    public void The_callback_before_transmission_needs_the_asynchronous_send()
    {
        using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(server.ToServerOptions());

        Assert.Throws<InvalidOperationException>(() => transporter.Send(
            StoredMessage.FromEmail(NewEmail(true)) with { BeforeTransmission = _ => ValueTask.CompletedTask }, Cancellation));
    }

    [Fact]
    public async Task A_stored_message_for_non_ASCII_addresses_is_sent_by_SMTPUTF8()
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = NewEmail(true);
        email.To = "j\u00f6rg@example.org";

        var result = await transporter.SendAsync(StoredMessage.FromEmail(email), Cancellation);

        Assert.Equal(Outcome.Accepted, result.Outcome);
        Assert.Contains(
            server.Sessions[0].Commands,
            c => c.StartsWith("MAIL", StringComparison.Ordinal) && c.Contains("SMTPUTF8", StringComparison.Ordinal));
        Assert.Equal("j\u00f6rg@example.org", Assert.Single(server.Messages).Recipients[0]);
    }

    [Fact]
    public void An_email_that_cannot_be_sent_is_rejected_when_it_is_stored()
    {
        Assert.Contains(
            "To", Assert.Throws<InvalidEmailException>(() => StoredMessage.FromEmail(new Email { From = "a@example.com" })).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new StoredMessage("a@example.com", [], Octets));
        Assert.Throws<ArgumentException>(() => new StoredMessage("a@example.com", ["b@example.org\r\nRCPT TO:<c@example.org>"], Octets));
        Assert.Throws<ArgumentException>(() => new StoredMessage("a", ["b@example.org"], Octets));
    }

    [Fact]
    public void A_printed_stored_message_shows_no_address_and_no_content() =>
        Assert.Equal($"1 recipients, {Octets.Length} bytes", new StoredMessage("a@example.com", ["b@example.org"], Octets).ToString());

    private static SmtpTestServer Start(bool pipelining, bool chunking) =>
        SmtpTestServer.Start(new SmtpTestServerOptions { Pipelining = pipelining, Chunking = chunking });

    private static Email NewEmail(bool hasText) => new()
    {
        From = "a@example.com",
        To = "b@example.org",
        Subject = "Stored",
        TextBody = hasText ? "Hello" : null,
        HtmlBody = hasText ? null : "<p>Hello</p>",
    };
}
