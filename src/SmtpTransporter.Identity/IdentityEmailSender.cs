using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SmtpTransport.Identity;

/// <summary>Creates and delivers the emails of Identity. Thread-safe.</summary>
internal sealed class IdentityEmailSender<TUser>(
    IdentityEmailDelivery delivery, IdentityEmailOptions options, IServiceScopeFactory scopes, IHostEnvironment environment)
    : IEmailSender<TUser>
    where TUser : class
{
    public Task SendConfirmationLinkAsync(TUser user, string email, string confirmationLink) =>
        SendAsync(IdentityEmailKind.ConfirmationLink, user, email, link: confirmationLink);

    public Task SendPasswordResetLinkAsync(TUser user, string email, string resetLink) =>
        SendAsync(IdentityEmailKind.PasswordResetLink, user, email, link: resetLink);

    public Task SendPasswordResetCodeAsync(TUser user, string email, string resetCode) =>
        SendAsync(IdentityEmailKind.PasswordResetCode, user, email, code: resetCode);

    private async Task SendAsync(IdentityEmailKind kind, TUser user, string address, string? link = null, string? code = null)
    {
        var data = new IdentityEmail(
            kind, user, address, options.ApplicationName ?? environment.ApplicationName,
            options.Culture(user) ?? CultureInfo.InvariantCulture, Decoded(link), Decoded(code));
        await delivery.DeliverAsync(await CreateAsync(data).ConfigureAwait(false), address, kind.ToString()).ConfigureAwait(false);
    }

    // MapIdentityApi resolves the sender from the application's provider, which has no scoped services.
    private async Task<Email> CreateAsync(IdentityEmail data)
    {
        if (options.Create is null)
            return IdentityEmailTexts.Create(data);
        var scope = scopes.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
            return await options.Create(data, scope.ServiceProvider).ConfigureAwait(false) ?? IdentityEmailTexts.Create(data);
    }

    // Identity's callers encode links and codes as HTML. A link that nobody has encoded stays as it is: "&" counts only before "amp;".
    private static string? Decoded(string? html) => WebUtility.HtmlDecode(html);
}
