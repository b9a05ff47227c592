using Microsoft.Extensions.DependencyInjection;

namespace SmtpTransport.Outbox;

/// <summary>Finds the outbox for which an application maps endpoints.</summary>
internal static class MappedOutbox
{
    /// <summary>The outbox of a key; null for the one without a key.</summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">What else the application may do if there is no outbox without a key, such as <c>, or …</c>.</param>
    /// <exception cref="InvalidOperationException">There is none; the message says what to call.</exception>
    public static IOutbox Find(IServiceProvider services, string? key, string otherwise = "") =>
        (key is null ? services.GetService<IOutbox>() : services.GetKeyedService<IOutbox>(key)) ?? throw Missing(key, otherwise);

    /// <summary>The suppression list of an outbox itself, whatever other lists the application has.</summary>
    /// <exception cref="InvalidOperationException">There is no outbox with one; the message says what to call.</exception>
    public static ISuppressionList FindList(IServiceProvider services, string? key)
    {
        _ = Find(services, key);
        return services.GetKeyedService<ISuppressionList>((object?)key ?? typeof(IOutbox)) ?? throw Missing(key);
    }

    private static InvalidOperationException Missing(string? key, string otherwise = "") => new(
        key is null
            ? $"There is no outbox. Call builder.Services.AddSmtpOutbox(…){otherwise}."
            : $"There is no outbox \"{key}\". Call builder.Services.AddKeyedSmtpOutbox(\"{key}\", …).");
}
