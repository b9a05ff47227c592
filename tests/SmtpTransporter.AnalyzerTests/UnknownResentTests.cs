using SmtpTransport.Analyzers;
using Xunit;

namespace SmtpTransport.AnalyzerTests;

/// <summary>SMTP004.</summary>
public sealed class UnknownResentTests
{
    [Theory]
    [InlineData("""
        SendResult result;
        do
        {
            result = await [|transporter.SendAsync(email)|];
        }
        while (!result.Success);
        """)]
    [InlineData("""
        var result = await transporter.SendAsync(email);
        while (!result.Success)
            result = await [|transporter.SendAsync(email, cancellationToken)|];
        """)]
    [InlineData("""
        for (var i = 0; i < 3; i++)
        {
            var result = [|transporter.Send(email)|];
            if (result.Success)
                break;
            Log($"failed: {result.Outcome} {result.Reason}");
        }
        """)]
    [InlineData("""
        while (!(await [|transporter.SendAsync(email)|]).Success)
            await Task.Delay(1000);
        """)]
    [InlineData("""
        foreach (var delay in new[] { 1, 2, 4 })
        {
            Last = await [|transporter.SendAsync(email)|];
            if (Last.Success)
                return;
            await Task.Delay(delay);
        }
        """)]
    [InlineData("""
        SendResult result;
        do
            result = [|transporter.Send(_email)|];
        while (result.Outcome != Outcome.Accepted);
        """)]
    [InlineData("""
        SendResult result;
        do
            result = [|transporter.Send(email)|];
        while (result.Outcome == Outcome.Unknown);
        """)]
    [InlineData("""
        for (var i = 0; i < 3; i++)
        {
            var result = [|transporter.Send(email)|];
            if (result.Outcome == Outcome.Unknown)
                continue;
            return;
        }
        """)]
    [InlineData("""
        var i = 0;
        SendResult result;
        do
            result = [|transporter.Send(email)|];
        while (!result.Success && i++ < 3);
        """)]
    public Task It_is_reported(string statements) => Verify.ReportsAsync<UnknownResentAnalyzer>(statements);

    [Theory]
    [InlineData("""
        SendResult result;
        do
            result = transporter.Send(email);
        while (!result.Success && result.IsTransient);
        """)]
    [InlineData("""
        for (var i = 0; i < 3; i++)
        {
            var result = transporter.Send(email);
            if (result.Success || result.Outcome == Outcome.Unknown)
                break;
        }
        """)]
    [InlineData("""
        for (var i = 0; i < 3; i++)
        {
            var result = transporter.Send(email);
            if (result.Success)
                break;
            if (result.Outcome == Outcome.Unknown)
                throw new InvalidOperationException();
        }
        """)]
    [InlineData("""
        var next = email;
        while (next is not null)
        {
            var result = transporter.Send(next);
            if (result.Success)
                break;
            next = result.RetryEmail();
        }
        """)]
    [InlineData("""
        foreach (var n in names)
        {
            var result = transporter.Send(new Email { To = n });
            if (result.Success)
                break;
        }
        """)]
    [InlineData("""
        var sent = 0;
        for (var i = 0; i < 1000; i++)
        {
            if (transporter.Send(email).Success)
                sent++;
        }
        """)]
    [InlineData("""
        for (var i = 0; i < 3; i++)
        {
            var result = transporter.Send(email);
            if (!result.Success)
                break;
        }
        """)]
    [InlineData("""
        for (var i = 0; i < 3; i++)
        {
            var result = transporter.Send(email);
            if (result.Success)
                break;
            if (!Check(result))
                break;
        }
        """)]
    [InlineData("""
        for (var i = 0; i < 3; i++)
        {
            var result = transporter.Send(email);
            if (result.Success)
                break;
            if (result is { Outcome: Outcome.Unknown or Outcome.Refused })
                break;
        }
        """)]
    [InlineData("""
        for (var i = 0; i < 3; i++)
        {
            var result = transporter.Send(email);
            if (result.Success)
                break;
            switch (result.Outcome)
            {
                case Outcome.Unknown: return;
                default: continue;
            }
        }
        """)]
    [InlineData("""
        for (var i = 0; i < 3; i++)
        {
            var result = transporter.Send(email);
            if (result.Success || result.Status is 0 or >= 500)
                return;
        }
        """)]
    [InlineData("""
        SendResult result;
        do
            result = transporter.Send(email);
        while (result.Outcome == Outcome.Deferred);
        """)]
    [InlineData("""
        foreach (var server in new[] { transporter })
        {
            Last = server.Send(email);
            Log(Last.Success);
        }
        """)]
    public Task It_is_not_reported(string statements) => Verify.IsSilentAsync<UnknownResentAnalyzer>(statements);

    [Fact]
    public Task A_test_may_do_it() => Verify.IsSilentInTestsAsync<UnknownResentAnalyzer>(
        """
        SendResult result;
        do
        {
            result = await [|transporter.SendAsync(email)|];
        }
        while (!result.Success);
        """);
}
