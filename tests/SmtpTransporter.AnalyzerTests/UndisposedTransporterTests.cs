using SmtpTransport.Analyzers;
using SmtpTransport.Analyzers.CodeFixes;
using Xunit;

namespace SmtpTransport.AnalyzerTests;

/// <summary>SMTP003.</summary>
public sealed class UndisposedTransporterTests
{
    [Theory]
    [InlineData("""
        var own = [|new SmtpTransporter(options)|];
        Last = own.Send(email);
        """)]
    [InlineData("""
        ISmtpTransporter own = [|new SmtpTransporter(options)|];
        Last = await own.SendAsync(email);
        """)]
    [InlineData("Last = [|new SmtpTransporter(options)|].Send(email);")]
    [InlineData("Last = await [|new SmtpTransporter(options)|].SendAsync(email);")]
    [InlineData("""
        SmtpTransporter own = [|new(options)|];
        Log(own.CheckConnection());
        Last = own.Send(email);
        Log(own.Host);
        """)]
    public Task It_is_reported(string statements) => Verify.ReportsAsync<UndisposedTransporterAnalyzer>(statements);

    [Theory]
    [InlineData("""
        using var own = new SmtpTransporter(options);
        Last = own.Send(email);
        """)]
    [InlineData("""
        await using var own = new SmtpTransporter(options);
        Last = own.Send(email);
        """)]
    [InlineData("""
        using (var own = new SmtpTransporter(options))
            Last = own.Send(email);
        """)]
    [InlineData("""
        var own = new SmtpTransporter(options);
        Last = own.Send(email);
        own.Dispose();
        """)]
    [InlineData("""
        var own = new SmtpTransporter(options);
        try
        {
            Last = own.Send(email);
        }
        finally
        {
            await own.DisposeAsync();
        }
        """)]
    [InlineData("""
        var own = new SmtpTransporter(options);
        using (own)
            Last = own.Send(email);
        """)]
    [InlineData("""
        var own = new SmtpTransporter(options);
        Shared = own;
        Last = own.Send(email);
        """)]
    [InlineData("""
        Shared = new SmtpTransporter(options);
        Last = Shared.Send(email);
        """)]
    [InlineData("""
        var own = new SmtpTransporter(options);
        Log(own);
        Last = own.Send(email);
        """)]
    [InlineData("""
        var own = new SmtpTransporter(options);
        Func<SendResult> send = () => own.Send(email);
        Last = send();
        """)]
    [InlineData("""
        var own = new SmtpTransporter(options);
        Last = own.Send(email);
        own?.Dispose();
        """)]
    [InlineData("""
        var all = new[] { new SmtpTransporter(options) };
        Last = all[0].Send(email);
        """)]
    [InlineData("""
        var own = new SmtpTransporter(options);
        Log(own.CheckConnection());
        """)]
    public Task It_is_not_reported(string statements) => Verify.IsSilentAsync<UndisposedTransporterAnalyzer>(statements);

    [Fact]
    public Task A_test_may_do_it() => Verify.IsSilentInTestsAsync<UndisposedTransporterAnalyzer>(
        """
        var own = [|new SmtpTransporter(options)|];
        Last = own.Send(email);
        """);

    [Fact]
    public Task The_fix_declares_it_with_using() => Verify.FixAsync<UndisposedTransporterAnalyzer, UsingFixProvider>(
        """
        // The server of the office.
                var own = [|new SmtpTransporter(options)|];
                Last = own.Send(email);
        """,
        """
        // The server of the office.
                using var own = new SmtpTransporter(options);
                Last = own.Send(email);
        """);
}
