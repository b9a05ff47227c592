namespace SmtpTransport;

/// <summary>
/// What of a message goes out before its turn, behind the end of the one before it (RFC 2920, section 3.1): RSET and the envelope up to
/// DATA, or with CHUNKING all of it. It is written while the message waits for a connection, so that whoever has the connection only
/// appends it. Its octets never change.
/// </summary>
internal sealed class EarlyFlight
{
    private EarlyFlight(OutgoingMessage message, SerializedMessage content, FlightForm form, ReadOnlyMemory<byte> octets)
    {
        Message = message;
        Content = content;
        Form = form;
        Octets = octets;
    }

    public OutgoingMessage Message { get; }

    public SerializedMessage Content { get; }

    public FlightForm Form { get; }

    public ReadOnlyMemory<byte> Octets { get; }

    public int Recipients => Message.Envelope.Recipients.Count;

    /// <summary>Whether the message itself is in it.</summary>
    public bool HasMessage => Form.Chunks;

    /// <summary>True once its last octet was handed to the network.</summary>
    public bool IsSent { get; set; }

    /// <summary>True once the reply to its RSET was read, behind the replies to the message before it.</summary>
    public bool IsResetAnswered { get; set; }

    /// <summary>How many replies to it are still to come.</summary>
    public int Replies => (IsResetAnswered ? 0 : 1) + 1 + Recipients + 1;

    /// <summary>Writes the flight of a plain message.</summary>
    /// <param name="async">Whether attachments are read without blocking a thread.</param>
    /// <param name="message">The message, for all recipients of its envelope.</param>
    /// <param name="form">The form in which it goes.</param>
    /// <param name="cancellationToken">Cancels reading the attachments.</param>
    /// <returns>Null if the message has demands, or is not written at once: it waits for its turn then, which also tells what is wrong
    /// with it.</returns>
    public static async ValueTask<EarlyFlight?> TryCreateAsync(
        bool async, OutgoingMessage message, FlightForm form, CancellationToken cancellationToken)
    {
        if (!MayGoEarly(message, form))
            return null;
        try
        {
            var content = await message.SerializeAsync(
                async, sevenBit: !form.Server.EightBitMime, measure: form.Server.MaxMessageSize is not null, cancellationToken)
                .ConfigureAwait(false);
            return content.IsHeld && content.Size <= Math.Min(BodyWatch.Piece, form.Server.MaxMessageSize ?? long.MaxValue)
                ? new EarlyFlight(message, content, form, Write(message, content, form))
                : null;
        }
#pragma warning disable CA1031 // Its turn tells what is wrong with it.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            return null;
        }
    }

    // The callbacks of a stored message run just before its envelope and its message go out: not while it waits.
    private static bool MayGoEarly(OutgoingMessage message, FlightForm form) =>
        message is { RequiresTls: false, HasEnvelopeCallback: false } && !(form.Chunks && message.HasTransmissionCallback)
        && (!message.NeedsSmtpUtf8 || form.Server.SmtpUtf8) && (!message.NeedsDsn || form.Server.Dsn)
        && message.Envelope.Recipients.Count <= Math.Min(
            form.Server.MaxRecipients, form.Chunks ? SmtpTransaction.MaxFollowed : SmtpTransaction.MaxCommandsTogether);

    private static byte[] Write(OutgoingMessage message, SerializedMessage content, FlightForm form)
    {
        using var octets = new ByteBuffer(512 + (form.Chunks ? (int)content.Size : 0));
        octets.Add("RSET\r\n");
        EnvelopeCommands.AddMail(octets, message, content, form.Server);
        foreach (var recipient in message.Envelope.Recipients)
            EnvelopeCommands.AddRecipient(octets, message, recipient);
        if (form.Chunks)
        {
            octets.Add("BDAT ").Add(content.Size).Add(" LAST\r\n");
            foreach (var block in content.Blocks)
                octets.Add(block.Span);
        }
        else
        {
            octets.Add("DATA\r\n");
        }
        return octets.Memory.ToArray();
    }
}
