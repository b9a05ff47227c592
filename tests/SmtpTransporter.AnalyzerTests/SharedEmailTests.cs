using SmtpTransport.Analyzers;
using Xunit;

namespace SmtpTransport.AnalyzerTests;

/// <summary>SMTP009.</summary>
public sealed class SharedEmailTests
{
    [Theory]
    [InlineData("""
        Parallel.ForEach(names, n =>
        {
            [|email|].To = n;
            Last = transporter.Send(email);
        });
        """)]
    [InlineData("""
        await Parallel.ForEachAsync(names, cancellationToken, async (n, token) =>
        {
            [|email|].Subject = n;
            Last = await transporter.SendAsync(email, token);
        });
        """)]
    [InlineData("""
        Parallel.For(0, names.Count, i =>
        {
            [|_email|].To.Add(names[i]);
            Last = transporter.Send(_email);
        });
        """)]
    [InlineData("""
        names.AsParallel().ForAll(n =>
        {
            [|email|].HtmlBody = n;
            Last = transporter.Send(email);
        });
        """)]
    [InlineData("""
        var tasks = new List<Task>();
        foreach (var n in names)
        {
            tasks.Add(Task.Run(() =>
            {
                [|email|].To = n;
                return transporter.Send(email);
            }));
        }
        """)]
    public Task It_is_reported(string statements) => Verify.ReportsAsync<SharedEmailAnalyzer>(statements);

    [Theory]
    [InlineData("""
        Parallel.ForEach(names, n =>
        {
            var own = new Email { To = n };
            own.Subject = n;
            Last = transporter.Send(own);
        });
        """)]
    [InlineData("Parallel.ForEach(names, n => Last = transporter.Send(email));")]
    [InlineData("""
        foreach (var n in names)
        {
            email.To = n;
            Last = await transporter.SendAsync(email);
        }
        """)]
    [InlineData("""
        await Task.Run(() =>
        {
            email.To = name;
            Last = transporter.Send(email);
        });
        """)]
    [InlineData("""
        foreach (var n in names)
        {
            await Task.Run(() =>
            {
                email.To = n;
                Last = transporter.Send(email);
            });
        }
        """)]
    [InlineData("""
        Parallel.ForEach(names, n =>
        {
            lock (email)
            {
                email.To = n;
                Last = transporter.Send(email);
            }
        });
        """)]
    [InlineData("""
        foreach (var n in names)
        {
            var own = new Email();
            _ = Task.Run(() =>
            {
                own.To = n;
                Last = transporter.Send(own);
            });
        }
        """)]
    [InlineData("""
        var emails = email.Merge(names, (message, n) => message.To = n);
        await foreach (var sent in transporter.SendManyAsync(emails))
            Log(sent);
        """)]
    [InlineData("""
        var emails = names.Select(n => new Email()).ToList();
        Parallel.ForEach(emails, message => message.To = name);
        """)]
    [InlineData("Parallel.ForEach(names, n => Log(email.To.Count));")]
    [InlineData("""
        foreach (var n in names)
        {
            email.To = n;
            _ = transporter.SendAsync(email);
        }
        """)]
    public Task It_is_not_reported(string statements) => Verify.IsSilentAsync<SharedEmailAnalyzer>(statements);

    [Fact]
    public Task A_test_may_do_it() => Verify.IsSilentInTestsAsync<SharedEmailAnalyzer>(
        """
        Parallel.ForEach(names, n =>
        {
            [|email|].To = n;
            Last = transporter.Send(email);
        });
        """);
}
