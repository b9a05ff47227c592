using SmtpTransport.Analyzers;
using Xunit;

namespace SmtpTransport.AnalyzerTests;

/// <summary>SMTP005.</summary>
public sealed class SendAtTests
{
    [Theory]
    [InlineData("""
        email = new Email { To = name };
        var later = new Email();
        [|later.SendAt = DateTimeOffset.UtcNow.AddHours(2)|];
        Last = transporter.Send(later);
        """)]
    [InlineData("""
        var later = new Email { To = name, [|SendAt = DateTimeOffset.Now + TimeSpan.FromDays(1)|] };
        Last = await transporter.SendAsync(later);
        """)]
    [InlineData("Last = transporter.Send(new Email { To = name, [|SendAt = DateTime.Today.AddDays(1)|] });")]
    [InlineData("Last = await transporter.SendAsync(new Email { [|SendAt = TimeProvider.System.GetUtcNow().AddMinutes(30)|] });")]
    [InlineData("""
        var later = new Email();
        [|later.SendAt = DateTimeOffset.UtcNow.Add(TimeSpan.FromHours(1))|];
        Last = transporter.Send(later);
        """)]
    public Task It_is_reported(string statements) => Verify.ReportsAsync<SendAtAnalyzer>(statements);

    [Theory]
    [InlineData("""
        var now = new Email { SendAt = DateTimeOffset.UtcNow };
        Last = transporter.Send(now);
        """)]
    [InlineData("""
        var past = new Email { SendAt = DateTimeOffset.UtcNow.AddDays(-1) };
        Last = transporter.Send(past);
        """)]
    [InlineData("""
        var later = new Email { SendAt = DateTimeOffset.UtcNow.AddDays(1) };
        Log(later.ToMime());
        """)]
    [InlineData("""
        var given = new Email { SendAt = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) };
        Last = transporter.Send(given);
        """)]
    [InlineData("""
        var later = new Email { SendAt = DateTimeOffset.UtcNow.AddHours(1) };
        await Task.Delay(TimeSpan.FromHours(1));
        Last = transporter.Send(later);
        """)]
    [InlineData("""
        var later = new Email { SendAt = DateTimeOffset.UtcNow.AddHours(names.Count) };
        Last = transporter.Send(later);
        """)]
    [InlineData("""
        var later = new Email { SendAt = DateTimeOffset.UtcNow.AddHours(1) };
        Log(later);
        Last = transporter.Send(email);
        """)]
    [InlineData("""
        var none = new Email { SendAt = null };
        Last = transporter.Send(none);
        """)]
    [InlineData("""
        Last = transporter.Send(email);
        var copy = new Email();
        Last = transporter.Send(copy);
        copy.SendAt = DateTimeOffset.UtcNow.AddHours(1);
        """)]
    [InlineData("""
        var earlier = new Email { SendAt = DateTimeOffset.UtcNow - TimeSpan.FromHours(1) };
        Last = transporter.Send(earlier);
        """)]
    public Task It_is_not_reported(string statements) => Verify.IsSilentAsync<SendAtAnalyzer>(statements);

    [Fact]
    public Task A_test_may_do_it() => Verify.IsSilentInTestsAsync<SendAtAnalyzer>(
        """
        email = new Email { To = name };
        var later = new Email();
        [|later.SendAt = DateTimeOffset.UtcNow.AddHours(2)|];
        Last = transporter.Send(later);
        """);

    [Fact]
    public Task The_same_member_of_another_type_is_not_reported() => Verify.CodeAsync<SendAtAnalyzer>(
        """
        using System;
        using SmtpTransport;

        public sealed class Entry
        {
            public DateTimeOffset SendAt { get; set; }

            public static SendResult Run(ISmtpTransporter transporter, Email email)
            {
                var entry = new Entry { SendAt = DateTimeOffset.UtcNow.AddHours(1) };
                Console.WriteLine(entry.SendAt);
                return transporter.Send(email);
            }
        }
        """);
}
