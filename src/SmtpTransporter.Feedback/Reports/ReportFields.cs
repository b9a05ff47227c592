using MimeKit;

namespace SmtpTransport.Feedback;

/// <summary>The fields of the parts that programs read. Those of a damaged part are missing.</summary>
internal static class ReportFields
{
    /// <summary>The groups of fields of all delivery reports: one of the message, and one of each recipient.</summary>
    public static List<HeaderList> GroupsOf(IEnumerable<MessageDeliveryStatus> parts)
    {
        var groups = new List<HeaderList>();
        foreach (var part in parts)
            groups.AddRange(Read(() => (IEnumerable<HeaderList>)Bounded(part).StatusGroups) ?? []);
        return groups;
    }

    /// <summary>The groups, of which each that names several recipients counts as several: some programs forget the empty lines.</summary>
    public static IEnumerable<HeaderList> PerRecipient(IEnumerable<HeaderList> groups)
    {
        foreach (var group in groups)
        {
            var part = new HeaderList();
            foreach (var field in group)
            {
                if (IsRecipient(field) && part.Contains(field.Field))
                {
                    yield return part;
                    part = [];
                }
                part.Add(field);
            }
            yield return part;
        }
    }

    public static HeaderList Of(MessageFeedbackReport part) => Read(() => part.Fields) ?? [];

    public static HeaderList Of(MessageDispositionNotification part) => Read(() => part.Fields) ?? [];

    // What is encoded shows its lines only now. The part itself belongs to the caller, who may have read a message with it.
    private static MessageDeliveryStatus Bounded(MessageDeliveryStatus part)
    {
        if (part.Content is null || part.ContentTransferEncoding is not (ContentEncoding.Base64 or ContentEncoding.QuotedPrintable
            or ContentEncoding.UUEncode))
        {
            return part;
        }
        var content = new MemoryStream();
        part.Content.DecodeTo(content);
        content.SetLength(LineLimit.Of(content.GetBuffer().AsSpan(0, (int)content.Length)));
        content.Position = 0;
        return new MessageDeliveryStatus { Content = new MimeContent(content) };
    }

    private static bool IsRecipient(Header field) =>
        field.Field.Equals("Final-Recipient", StringComparison.OrdinalIgnoreCase)
        || field.Field.Equals("Original-Recipient", StringComparison.OrdinalIgnoreCase);

    private static T? Read<T>(Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
