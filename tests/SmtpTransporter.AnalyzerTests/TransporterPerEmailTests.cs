using SmtpTransport.Analyzers;
using Xunit;

namespace SmtpTransport.AnalyzerTests;

/// <summary>SMTP002.</summary>
public sealed class TransporterPerEmailTests
{
    [Theory]
    [InlineData("""
        foreach (var n in names)
        {
            using var own = [|new SmtpTransporter(options)|];
            var result = own.Send(new Email { To = n });
            Log(result);
        }
        """)]
    [InlineData("""
        foreach (var n in names)
        {
            var message = new Email();
            message.To = n;
            await using var own = [|new SmtpTransporter(options)|];
            Last = await own.SendAsync(message, cancellationToken);
        }
        """)]
    [InlineData("""
        for (var i = 0; i < names.Count; i++)
        {
            using (var own = [|new SmtpTransporter(new ServerOptions { Host = "smtp.example.com" })|])
            {
                var n = names[i];
                Last = own.Send(new Email { To = n });
            }
        }
        """)]
    [InlineData("""
        foreach (var n in names)
        {
            using var own = [|new SmtpTransporter(ServerOptions.Parse("smtp://smtp.example.com"))|];
            Last = own.Send(new Email { To = n });
        }
        """)]
    public Task It_is_reported(string statements) => Verify.ReportsAsync<TransporterPerEmailAnalyzer>(statements);

    [Theory]
    [InlineData("""
        using var own = new SmtpTransporter(options);
        foreach (var n in names)
            Last = own.Send(new Email { To = n });
        """)]
    [InlineData("""
        foreach (var server in new[] { options })
        {
            using var own = new SmtpTransporter(server);
            Last = own.Send(new Email { To = name });
        }
        """)]
    [InlineData("""
        foreach (var n in names)
        {
            using var own = new SmtpTransporter(options with { User = n });
            Last = own.Send(new Email { To = n });
        }
        """)]
    [InlineData("""
        foreach (var n in names)
        {
            using var own = new SmtpTransporter(options);
            Log(own.CheckConnection());
        }
        """)]
    [InlineData("""
        for (var attempt = 0; attempt < 3; attempt++)
        {
            using var own = new SmtpTransporter(options);
            if (own.Send(email).Success)
                break;
        }
        """)]
    [InlineData("""
        while (!cancellationToken.IsCancellationRequested)
        {
            using var own = new SmtpTransporter(options);
            Last = own.Send(new Email { To = name });
        }
        """)]
    [InlineData("""
        for (var batch = 0; batch < 3; batch++)
        {
            using var own = new SmtpTransporter(options);
            foreach (var n in names)
                Last = own.Send(new Email { To = n });
        }
        """)]
    [InlineData("""
        foreach (var n in names)
        {
            using var own = new SmtpTransporter(Next());
            Last = own.Send(new Email { To = n });
        }
        ServerOptions Next() => options;
        """)]
    [InlineData("""
        foreach (var n in names)
        {
            using var own = new SmtpTransporter(options);
            await foreach (var sent in own.SendManyAsync(new[] { new Email { To = n } }))
                Log(sent);
        }
        """)]
    [InlineData("""
        var all = new List<SmtpTransporter>();
        foreach (var n in names)
            all.Add(new SmtpTransporter(options));
        """)]
    public Task It_is_not_reported(string statements) => Verify.IsSilentAsync<TransporterPerEmailAnalyzer>(statements);

    [Fact]
    public Task A_test_may_do_it() => Verify.IsSilentInTestsAsync<TransporterPerEmailAnalyzer>(
        """
        foreach (var n in names)
        {
            using var own = [|new SmtpTransporter(options)|];
            var result = own.Send(new Email { To = n });
            Log(result);
        }
        """);
}
