using System.Runtime.CompilerServices;

namespace SmtpTransport;

public sealed partial class Email
{
    /// <summary>
    /// A mail merge: one mail for each item, made from this one as it is when the sequence is begun. The mails come one by one as they are asked
    /// for, so that there may be any number of them; give them to <see cref="ISmtpTransporter.SendManyAsync(IEnumerable{Email}, IProgress{SendProgress}, CancellationToken)"/>.
    /// The texts and the attachments that <paramref name="fill"/> leaves as they are, are encoded once for all of them: an attachment of up to
    /// 32 MiB is then held in memory as long as any of the mails or of their results is. Each mail gets a Message-ID of its own.
    /// </summary>
    /// <param name="items">What the mails are for, such as recipients.</param>
    /// <param name="fill">Completes one mail: sets <see cref="To"/>, and what else is its own.</param>
    /// <example>
    /// <code>
    /// var mails = newsletter.Merge(subscribers, (mail, subscriber) =>
    /// {
    ///     mail.To = subscriber.Address;
    ///     mail.Subject = $"News for {subscriber.Name}";
    /// });
    /// </code>
    /// </example>
    public IEnumerable<Email> Merge<T>(IEnumerable<T> items, Action<Email, T> fill)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(fill);
        return Merged();

        IEnumerable<Email> Merged()
        {
            var template = Template();
            foreach (var item in items)
                yield return template.Filled(item, fill);
        }
    }

    /// <inheritdoc cref="Merge{T}(IEnumerable{T}, Action{Email, T})"/>
    public IAsyncEnumerable<Email> Merge<T>(IAsyncEnumerable<T> items, Action<Email, T> fill)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(fill);
        return Merged();

        async IAsyncEnumerable<Email> Merged([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var template = Template();
            await foreach (var item in items.WithCancellation(cancellationToken).ConfigureAwait(false))
                yield return template.Filled(item, fill);
        }
    }

    private Email Template()
    {
        var template = Copy();
        template.Shared = new MergePartCache(template);
        return template;
    }

    private Email Filled<T>(T item, Action<Email, T> fill)
    {
        var email = CopyFor(null, messageId: null);
        fill(email, item);
        return email;
    }
}
