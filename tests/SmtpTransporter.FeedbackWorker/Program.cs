using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport;
using SmtpTransport.Feedback;
using SmtpTransport.Outbox;

// An application that reads reports into an outbox, to be killed: MAILBOX DATABASE TOLD. MAILBOX is a URL. It appends a line to the file
// TOLD for each recipient of each report that it is told of.
var (mailbox, database, told) = (FeedbackMailboxOptions.Parse(args[0]), args[1], args[2]);
mailbox = mailbox with { Server = mailbox.Server with { AcceptUnsecureConnection = true } };
using var file = new FileStream(told, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, 1);
var builder = Host.CreateEmptyApplicationBuilder(null);
builder.Services.AddSmtpTransporter(_ => new ServerOptions { Host = "127.0.0.1" });
builder.Services.AddSmtpOutbox(o =>
{
    o.UseSqlite(database);
    // Another process sends.
    o.EnableWorker = false;
    o.UseFeedbackTokens(new FeedbackTokens(new byte[32]));
    o.OnFeedback = (entry, feedback, _) =>
    {
        foreach (var report in feedback.Reports)
            file.Write(Encoding.UTF8.GetBytes($"{entry.Id} {report.Address} {report.Kind} {feedback.IsRepeated}\n"));
        return ValueTask.CompletedTask;
    };
});
// What it does within an hour is not by looking again and again.
builder.Services.AddSmtpOutboxFeedback(_ => new FeedbackMailbox(mailbox), TimeSpan.FromHours(1));
using var host = builder.Build();
await host.StartAsync();
Console.WriteLine("ready");
await host.WaitForShutdownAsync();
