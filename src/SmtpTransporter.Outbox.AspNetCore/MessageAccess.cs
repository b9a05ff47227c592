using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>Who may read the messages of emails, and what was read. Thread-safe.</summary>
/// <param name="authorization">The authorization of the application.</param>
/// <param name="policy">The policy that a user must meet; null if nobody may.</param>
/// <param name="logger">The log.</param>
internal sealed class MessageAccess(IAuthorizationService authorization, string? policy, ILogger logger)
{
    /// <summary>The policy that a user must meet; null if nobody may.</summary>
    public string? Policy => policy;

    /// <summary>Whether the user of a request may read them.</summary>
    public async Task<bool> IsGrantedAsync(HttpContext context) =>
        policy is not null && (await authorization.AuthorizeAsync(context.User, context, policy).ConfigureAwait(false)).Succeeded;

    /// <summary>Records that the user of a request reads one.</summary>
    public void Record(Guid id, HttpContext context) => PageLog.Downloaded(logger, id, PageAnswers.NameOf(context.User));
}
