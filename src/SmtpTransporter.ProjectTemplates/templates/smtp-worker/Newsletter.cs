using SmtpTransport;
using SmtpTransport.Templates;

namespace SmtpWorker;

/// <summary>Sends one issue to all subscribers, in constant memory.</summary>
internal sealed class Newsletter(
    ISmtpTransporter transporter, EmailTemplates templates, IHostApplicationLifetime lifetime, ILogger<Newsletter> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (sent, failed) = (0, 0);
        await foreach (var (_, result) in transporter.SendManyAsync(EmailsAsync(), progress: null, stoppingToken))
        {
            if (result.Success)
                sent++;
            else
                failed++;       // The log has a warning for each, with the server's reply.
        }
        logger.LogInformation("{Sent} sent, {Failed} failed", sent, failed);
        lifetime.StopApplication();
    }

    // A real application reads the subscribers from a database, page by page.
    private async IAsyncEnumerable<Email> EmailsAsync()
    {
        foreach (var (name, address) in new[] { ("Ann", "ann@example.org"), ("Bob", "bob@example.org") })
        {
            var email = await templates.RenderAsync("newsletter", new { Name = name });
            email.To = [address];
            yield return email;
        }
    }
}
