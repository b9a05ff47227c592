using System.Globalization;
using System.Text.Encodings.Web;
using Fluid.Values;

namespace SmtpTransport.Templates;

/// <summary>
/// A time in the zone of the templates. Fluid's own value writes <c>{{ time }}</c> in UTC and <c>{{ time | date: "%H" }}</c> in the zone
/// that the value came with.
/// </summary>
internal sealed class ZonedTimeValue(DateTimeOffset time) : FluidValue
{
    public override FluidValues Type => FluidValues.DateTime;

    /// <param name="value">A value of a model.</param>
    /// <param name="zone">The zone of the templates, in which a time of unspecified kind is.</param>
    /// <returns>Null if the value is not a time.</returns>
    public static ZonedTimeValue? From(object value, TimeZoneInfo zone) => value switch
    {
        DateTimeOffset time => new ZonedTimeValue(TimeZoneInfo.ConvertTime(time, zone)),
        DateTime { Kind: DateTimeKind.Unspecified } time => new ZonedTimeValue(InZone(time, zone)),
        DateTime time => new ZonedTimeValue(TimeZoneInfo.ConvertTime(new DateTimeOffset(time.ToUniversalTime()), zone)),
        _ => null,
    };

    public override bool Equals(FluidValue other) => other.Type == FluidValues.DateTime && time.Equals(other.ToObjectValue());

    public override bool Equals(object? obj) => obj is FluidValue other && Equals(other);

    public override int GetHashCode() => time.GetHashCode();

    public override bool ToBooleanValue() => true;

    public override decimal ToNumberValue() => time.Ticks;

    public override object ToObjectValue() => time;

    public override string ToStringValue() => time.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);

    public override ValueTask WriteToAsync(TextWriter writer, TextEncoder encoder, CultureInfo cultureInfo) =>
        new(writer.WriteAsync(ToStringValue()));

    /// <summary>The time with the offset of the zone; within hours of the first and the last time there is, without one.</summary>
    private static DateTimeOffset InZone(DateTime time, TimeZoneInfo zone)
    {
        var offset = zone.GetUtcOffset(time);
        var ticks = time.Ticks - offset.Ticks;
        return new DateTimeOffset(time, ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks ? TimeSpan.Zero : offset);
    }
}
