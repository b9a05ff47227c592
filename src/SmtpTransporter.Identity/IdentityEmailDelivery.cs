using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SmtpTransport.Outbox;

namespace SmtpTransport.Identity;

/// <summary>Gives an email to the outbox, or sends it if there is none. Thread-safe.</summary>
internal sealed partial class IdentityEmailDelivery(
    IServiceProvider services, EmailAddress from, IdentityEmailOptions options, ILogger<IdentityEmailDelivery> logger)
{
    /// <remarks>
    /// An address that no server can take, and a server that does not take the email, are logged: the account exists by now, a failed
    /// request would tell the user the opposite, and the email can be requested again.
    /// </remarks>
    /// <exception cref="InvalidOperationException">There is neither an outbox nor a transporter, or the email is not valid.</exception>
    public async Task DeliverAsync(Email email, string address, string kind)
    {
        if (!EmailAddress.TryParse(address, out var recipient) || recipient.Name is not null)
        {
            LogInvalidAddress(kind);
            return;
        }
        email.To = recipient;
        if (email.From.Count == 0)
            email.From = from;
        // RFC 3834, section 5: no vacation message answers it.
        if (!email.Headers.Any(h => string.Equals(h.Name, "Auto-Submitted", StringComparison.OrdinalIgnoreCase)))
            email.Headers.Add("Auto-Submitted", "auto-generated");
        if (services.GetService<IOutbox>() is { } outbox)
        {
            await outbox.EnqueueAsync(email, transporterName: options.TransporterName, priority: OutboxPriority.High)
                .ConfigureAwait(false);
            return;
        }
        var result = await Transporter().SendAsync(email).ConfigureAwait(false);
        if (!result.Success)
            LogNotConfirmed(kind, result.Outcome, ReasonOf(result));
    }

    private ISmtpTransporter Transporter()
    {
        var transporter = options.TransporterName is { } name
            ? services.GetKeyedService<ISmtpTransporter>(name)
            : services.GetService<ISmtpTransporter>();
        return transporter ?? throw new InvalidOperationException(options.TransporterName is { } missing
            ? $"AddSmtpIdentityEmails names the transporter \"{missing}\", which is not registered: "
                + "call AddKeyedSmtpTransporter with this key."
            : "AddSmtpIdentityEmails has nothing to send with. Call AddSmtpTransporter, and AddSmtpOutbox for a queue.");
    }

    // Neither the server's words nor those of an error: they may have the address.
    private static string ReasonOf(SendResult result) =>
        result is { Status: 0, Errors: [var error, ..] } ? $"error {error.ErrCode}" : $"status {result.Status}";

    [LoggerMessage(1, LogLevel.Warning, "An email of Identity ({Kind}) was not sent: the address is not one that SMTP can express.")]
    private partial void LogInvalidAddress(string kind);

    [LoggerMessage(
        2, LogLevel.Warning, "The server did not confirm an email of Identity ({Kind}): {Outcome}, {Reason}. The user can ask for "
        + "another one. With an outbox, a deferred email is tried again.")]
    private partial void LogNotConfirmed(string kind, Outcome outcome, string reason);
}
