using System.Runtime.CompilerServices;

namespace SmtpTransport;

public sealed partial class Email
{
    /// <summary>Creates one email for each item from this one as a template: a mail merge.</summary>
    /// <typeparam name="T">What an email is created for, such as a recipient.</typeparam>
    /// <param name="items">The items, such as the recipients.</param>
    /// <param name="fill">Completes one email: sets <see cref="To"/>, and whatever else differs.</param>
    /// <returns>The emails, created one by one while the sequence is read, so that there may be any number of them.</returns>
    /// <remarks>
    /// The template is copied when the sequence is started; later changes of it have no effect. Each email gets a Message-ID of its own,
    /// and has no <see cref="Envelope"/> unless <paramref name="fill"/> sets one.
    /// Texts and attachments that <paramref name="fill"/> does not change are encoded once for all emails: an attachment of up to 32 MiB is
    /// then held in memory as long as one of the emails or of their results is. Pass the sequence to
    /// <see cref="ISmtpTransporter.SendManyAsync(IEnumerable{Email}, IProgress{SendProgress}, CancellationToken)"/>.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="items"/> or <paramref name="fill"/> is null.</exception>
    /// <example>
    /// <code>
    /// var emails = newsletter.Merge(subscribers, (email, subscriber) =>
    /// {
    ///     email.To = [subscriber.Address];
    ///     email.Subject = $"News for {subscriber.Name}";
    /// });
    /// </code>
    /// </example>
    public IEnumerable<Email> Merge<T>(IEnumerable<T> items, Action<Email, T> fill)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(fill);
        return Enumerate();

        IEnumerable<Email> Enumerate()
        {
            var template = CreateTemplate();
            foreach (var item in items)
                yield return template.Fill(item, fill);
        }
    }

    /// <inheritdoc cref="Merge{T}(IEnumerable{T}, Action{Email, T})"/>
    public IAsyncEnumerable<Email> Merge<T>(IAsyncEnumerable<T> items, Action<Email, T> fill)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(fill);
        return EnumerateAsync();

        async IAsyncEnumerable<Email> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var template = CreateTemplate();
            await foreach (var item in items.WithCancellation(cancellationToken).ConfigureAwait(false))
                yield return template.Fill(item, fill);
        }
    }

    private Email CreateTemplate()
    {
        var template = Copy();
        template.Shared = new MergePartCache(template);
        return template;
    }

    private Email Fill<T>(T item, Action<Email, T> fill)
    {
        var email = Copy();
        (email.MessageId, email.Envelope) = (null, null);
        fill(email, item);
        return email;
    }
}
