using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>What is not sent until a person resumes it, as the workers compare it with their emails.</summary>
/// <param name="Transporter">The key of the transporter; null for all.</param>
/// <param name="Lane">The lane; null for all.</param>
internal readonly record struct SendPause(string? Transporter, string? Lane)
{
    /// <summary>The pause of everything.</summary>
    public static SendPause Everything { get; }

    /// <summary>What the database knows it by: the same for the same transporter and lane.</summary>
    public string Name => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Transporter is null ? "*" : $"{Transporter.Length} {Transporter}")} {(Lane is null ? "*" : $"={Lane}")}");

    public bool Holds(string transporter, string lane) =>
        (Transporter is null || Transporter == transporter) && (Lane is null || Lane == lane);
}
