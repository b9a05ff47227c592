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
            groups.AddRange(Read(() => (IEnumerable<HeaderList>)part.StatusGroups) ?? []);
        return groups;
    }

    public static HeaderList Of(MessageFeedbackReport part) => Read(() => part.Fields) ?? [];

    public static HeaderList Of(MessageDispositionNotification part) => Read(() => part.Fields) ?? [];

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
