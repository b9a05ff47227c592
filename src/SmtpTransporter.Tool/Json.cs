using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SmtpTransport.Tool;

/// <summary>How results are written for scripts.</summary>
internal static class Json
{
    public static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>One line for each email.</summary>
    public static readonly JsonSerializerOptions Line = new(Format) { WriteIndented = false };

    /// <param name="index">The index of the email; the first one is 0.</param>
    /// <param name="result">Its result.</param>
    /// <param name="line">The line of the table that it was made for; null if there is none.</param>
    public static object Result(long index, SendResult result, MergeLine? line = null) => new
    {
        Index = index,
        Line = line?.Number,
        result.Success,
        result.Outcome,
        result.Status,
        result.StatusText,
        result.MessageId,
        result.QueueId,
        result.Size,
        result.FailedStep,
        Transient = result.IsTransient,
        Recipients = result.Recipients.Select(r => new { r.Address, r.State, r.Status, r.StatusText }),
        Errors = result.Errors.Select(Error),
        Warnings = result.Warnings.Select(Error),
        Explanation = Explanation(result.Explanation),
        ElapsedMilliseconds = Math.Round(result.Elapsed.TotalMilliseconds, 1),
    };

    public static object Error(SmtpError error) => new { error.ErrCode, error.Message, error.ComponentSignature };

    public static object? Explanation(RefusalExplanation? explanation) =>
        explanation is null ? null : new { explanation.Code, explanation.Meaning, explanation.Remedy };
}
