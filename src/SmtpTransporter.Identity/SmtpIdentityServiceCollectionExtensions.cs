using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.UI.Services;
using Microsoft.Extensions.DependencyInjection.Extensions;
using SmtpTransport;
using SmtpTransport.Identity;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Sends the emails of ASP.NET Core Identity.</summary>
public static class SmtpIdentityServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="IEmailSender{TUser}"/> for every type of user, and <see cref="IEmailSender"/> for Identity's Razor Pages.
    /// </summary>
    /// <remarks>
    /// <para>The emails go to the outbox if there is one (<c>AddSmtpOutbox</c>), with high priority, and otherwise through the transporter
    /// (<c>AddSmtpTransporter</c>), for which the request then waits. Senders that are registered before this call are replaced, such as
    /// the one of the project templates that does nothing; the order of this call and that of Identity makes no difference.</para>
    /// <para>An email that cannot be delivered is logged as a warning, without its address, and does not fail the request. A template
    /// that fails, an outbox whose database fails, and a missing transporter do.</para>
    /// </remarks>
    /// <param name="services">The services.</param>
    /// <param name="from">The sender, such as <c>The shop &lt;accounts@example.com&gt;</c>.</param>
    /// <param name="configure">Sets the options. Default: none.</param>
    /// <returns>The services, for further calls.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> or <paramref name="from"/> is null.</exception>
    /// <exception cref="FormatException"><paramref name="from"/> is not exactly one address; the message says what is wrong.</exception>
    public static IServiceCollection AddSmtpIdentityEmails(
        this IServiceCollection services, string from, Action<IdentityEmailOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(from);
        var sender = EmailAddress.Parse(from);
        var options = new IdentityEmailOptions();
        configure?.Invoke(options);
        foreach (var earlier in services.Where(s => IsSender(s.ServiceType)).ToList())
            services.Remove(earlier);
        services.Replace(ServiceDescriptor.Singleton(options));
        services.Replace(ServiceDescriptor.Singleton(
            provider => ActivatorUtilities.CreateInstance<IdentityEmailDelivery>(provider, sender)));
        services.AddTransient(typeof(IEmailSender<>), typeof(IdentityEmailSender<>));
        services.AddTransient<IEmailSender, PageEmailSender>();
        return services;
    }

    private static bool IsSender(Type type) =>
        type == typeof(IEmailSender) || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEmailSender<>));
}
