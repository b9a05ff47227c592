using Microsoft.Extensions.DependencyInjection;

namespace SmtpTransport.Outbox;

/// <summary>Finds the outboxes of an application by their keys.</summary>
internal static class OutboxFinder
{
    /// <summary>The services of an outbox.</summary>
    /// <param name="application">The services of the application.</param>
    /// <param name="key">Its key; null for the one without a key.</param>
    /// <exception cref="InvalidOperationException">There is none; the message says which there are.</exception>
    public static IServiceProvider FindParts(IServiceProvider application, string? key)
    {
        var names = application.GetServices<OutboxStartCheck.Entry>().Select(e => e.Name).ToList();
        if (names.Exists(n => n.Key == key))
            return key is null ? application : application.GetRequiredKeyedService<KeyedOutbox>(key).Services;
        var call = key is null ? "services.AddSmtpOutbox(…)" : $"services.AddKeyedSmtpOutbox(\"{key}\", …)";
        var known = names.Count == 0 ? "" : $" Known: {string.Join("; ", names)}.";
        throw new InvalidOperationException($"{new OutboxName(key)} was not added: call {call}.{known}");
    }
}
