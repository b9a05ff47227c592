using SmtpTransport.Analyzers;
using Xunit;

namespace SmtpTransport.AnalyzerTests;

/// <summary>SMTP001.</summary>
public sealed class DroppedResultTests
{
    [Theory]
    [InlineData("[|await transporter.SendAsync(email)|];")]
    [InlineData("[|transporter.Send(email)|];")]
    [InlineData("[|await transporter.SendAsync(email, cancellationToken).ConfigureAwait(false)|];")]
    [InlineData("[|transporter.SendAsync(email)|];")]
    [InlineData("[|transporter.SendAsync(email).GetAwaiter().GetResult()|];")]
    [InlineData("[|transporter.SendAsync(email).Wait(cancellationToken)|];")]
    [InlineData("[|transporter?.Send(email)|];")]
    [InlineData("[|transporter.Send(new MimeKit.MimeMessage())|];")]
    [InlineData("""
        using var own = new SmtpTransporter(options);
        [|own.Send(email)|];
        """)]
    [InlineData("Parallel.ForEach(names, n => { [|transporter.Send(new Email { To = n })|]; });")]
    [InlineData("""
        void Local() => [|transporter.Send(email)|];
        Local();
        """)]
    public Task It_is_reported(string statements) => Verify.ReportsAsync<DroppedResultAnalyzer>(statements);

    [Theory]
    [InlineData("var result = await transporter.SendAsync(email);")]
    [InlineData("_ = await transporter.SendAsync(email);")]
    [InlineData("_ = transporter.SendAsync(email);")]
    [InlineData("transporter.Send(email).EnsureSuccess();")]
    [InlineData("(await transporter.SendAsync(email)).EnsureSuccess();")]
    [InlineData("""
        if (!transporter.Send(email).Success)
            throw new InvalidOperationException();
        """)]
    [InlineData("Last = transporter.Send(email);")]
    [InlineData("Log(await transporter.SendAsync(email));")]
    [InlineData("""
        Action send = () => transporter.Send(email);
        send();
        """)]
    [InlineData("""
        Func<Task> send = async () => await transporter.SendAsync(email);
        await send();
        """)]
    [InlineData("""
        Throws(() => { transporter.Send(email); });
        static void Throws(Action action) => action();
        """)]
    [InlineData("""
        var fake = new SmtpTransport.Testing.FakeSmtpTransporter();
        fake.Send(email);
        """)]
    [InlineData("""
        using var client = new MailKit.Net.Smtp.SmtpClient();
        client.Send(new MimeKit.MimeMessage());
        """)]
    [InlineData("transporter.CheckConnection();")]
    [InlineData("""
        var tasks = names.Select(n => transporter.SendAsync(new Email { To = n }));
        await Task.WhenAll(tasks);
        """)]
    [InlineData("""
        await foreach (var sent in transporter.SendManyAsync(new[] { email }))
            Log(sent.Result);
        """)]
    public Task It_is_not_reported(string statements) => Verify.IsSilentAsync<DroppedResultAnalyzer>(statements);

    [Fact]
    public Task A_test_may_do_it() => Verify.IsSilentInTestsAsync<DroppedResultAnalyzer>(
        """
        [|await transporter.SendAsync(email)|];
        """);

    [Fact]
    public Task Another_type_with_a_method_of_that_name_is_not_reported() => Verify.CodeAsync<DroppedResultAnalyzer>(
        """
        public sealed class Queue
        {
            public int Send(SmtpTransport.Email email) => email.To.Count;

            public void Run() => Send(new SmtpTransport.Email());
        }
        """);

    [Fact]
    public Task A_method_of_one_expression_is_reported() => Verify.CodeAsync<DroppedResultAnalyzer>(
        """
        using System.Threading.Tasks;
        using SmtpTransport;

        public sealed class Letters(SmtpTransporter transporter)
        {
            public void Send(Email email) => [|transporter.Send(email)|];

            public async Task SendAsync(Email email) => [|await transporter.SendAsync(email)|];

            public Task<SendResult> ReturnAsync(Email email) => transporter.SendAsync(email);
        }
        """);
}
