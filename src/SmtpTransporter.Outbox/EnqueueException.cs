using System.Globalization;
using System.Text;

namespace SmtpTransport.Outbox;

/// <summary>Emails cannot be stored, because some are not valid. Nothing of the call is stored.</summary>
/// <remarks>
/// It names everything that is wrong. <see cref="IOutbox.EnqueueAsync"/> and <see cref="IOutbox.EnqueueManyAsync"/> throw it;
/// <see cref="IOutbox.TryEnqueueAsync"/> returns the same errors.
/// </remarks>
public sealed class EnqueueException : InvalidOperationException
{
    private const int MaxShown = 10;

    internal EnqueueException(IReadOnlyList<EnqueueError> errors, int count, Exception? inner)
        : base(Describe(errors, count), inner) => Errors = errors;

    /// <summary>Everything that is wrong, at least one error, in the order of the emails.</summary>
    public IReadOnlyList<EnqueueError> Errors { get; }

    private static string Describe(IReadOnlyList<EnqueueError> errors, int count)
    {
        if (count == 1)
            return string.Join(" ", errors.Select(e => e.Message));
        var text = new StringBuilder();
        var invalid = errors.Select(e => e.Index).Distinct().Count();
        text.Append(CultureInfo.InvariantCulture, $"{invalid} of {count} emails are not valid, and none is stored.");
        foreach (var error in errors.Take(MaxShown))
            text.Append(CultureInfo.InvariantCulture, $" emails[{error.Index}]: {error.Message}");
        if (errors.Count > MaxShown)
            text.Append(CultureInfo.InvariantCulture, $" There are {errors.Count - MaxShown} more errors: see Errors.");
        return text.ToString();
    }
}
