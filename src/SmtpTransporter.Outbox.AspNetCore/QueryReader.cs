using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace SmtpTransport.Outbox;

/// <summary>Reads which emails are meant from the address of a request, and writes it.</summary>
internal static class QueryReader
{
    /// <summary>Reads it.</summary>
    /// <param name="values">The values in the address.</param>
    /// <param name="problem">What is wrong with it.</param>
    /// <returns>Null if a value is not valid.</returns>
    public static OutboxQuery? TryRead(IQueryCollection values, out string problem)
    {
        try
        {
            problem = "";
            return Read(values);
        }
        catch (FormatException exception)
        {
            problem = exception.Message;
            return null;
        }
    }

    /// <summary>Reads the id behind which a page of the list begins.</summary>
    /// <exception cref="FormatException">It is not valid.</exception>
    public static string? ReadId(IQueryCollection values, string name) => Text(values, name) is not { } text
        ? null
        : Guid.TryParse(text, out var id) ? id.ToString("N") : throw new FormatException($"{name} is \"{text}\"; it must be an id.");

    /// <summary>Writes it as it is read.</summary>
    public static string Write(OutboxQuery query)
    {
        var values = new List<KeyValuePair<string, string?>>();
        Add("recipient", query.Recipient);
        Add("subject", query.Subject);
        Add("messageId", query.MessageId);
        Add("key", query.IdempotencyKey);
        Add("lane", query.Lane);
        Add("transporter", query.TransporterName);
        Add("error", query.ErrorCode?.ToString(CultureInfo.InvariantCulture));
        Add("decidedBy", query.DecidedBy);
        Add("after", Time(query.EnqueuedAfter));
        Add("before", Time(query.EnqueuedBefore));
        Add("endedAfter", Time(query.EndedAfter));
        Add("endedBefore", Time(query.EndedBefore));
        foreach (var state in query.States)
            Add("state", state.ToString());
        return QueryString.Create(values).Value!;

        void Add(string name, string? value)
        {
            if (value is not null)
                values.Add(new(name, value));
        }

        static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
    }

    private static OutboxQuery Read(IQueryCollection values) => new()
    {
        Recipient = Text(values, "recipient"),
        Subject = Text(values, "subject"),
        MessageId = Text(values, "messageId"),
        IdempotencyKey = Text(values, "key"),
        // Empty is the one without a name.
        Lane = values["lane"] is [{ } lane] ? lane.Trim() : null,
        TransporterName = values["transporter"] is [{ } transporter] ? transporter.Trim() : null,
        States = [.. values["state"].OfType<string>().Where(s => s.Length > 0).Select(State)],
        EnqueuedAfter = Time(values, "after"),
        EnqueuedBefore = Time(values, "before"),
        EndedAfter = Time(values, "endedAfter"),
        EndedBefore = Time(values, "endedBefore"),
        ErrorCode = Code(values, "error"),
        DecidedBy = Text(values, "decidedBy"),
    };

    private static string? Text(IQueryCollection values, string name) =>
        values[name] is [{ } text] && text.Trim() is { Length: > 0 } trimmed ? trimmed : null;

    private static OutboxState State(string text) => Enum.GetNames<OutboxState>().Contains(text)
        ? Enum.Parse<OutboxState>(text)
        : throw new FormatException($"\"{text}\" is not a valid state; it must be {string.Join(", ", Enum.GetNames<OutboxState>())}.");

    private static DateTimeOffset? Time(IQueryCollection values, string name) => Text(values, name) is not { } text
        ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new FormatException($"{name} is \"{text}\"; it must be a time such as 2026-11-29T14:30Z.");

    private static int? Code(IQueryCollection values, string name) => Text(values, name) is not { } text
        ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            ? code
            : throw new FormatException($"{name} is \"{text}\"; it must be a whole number, such as 550.");
}
