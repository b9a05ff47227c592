namespace SmtpTransport;

/// <summary>What is known of one mail's way through one server, or of a check; filled in as it goes.</summary>
internal sealed class Attempt
{
    public SmtpConnection? Connection { get; set; }

    public DeliveryRecord? Transaction { get; set; }

    public string Reply { get; set; } = "";
}
