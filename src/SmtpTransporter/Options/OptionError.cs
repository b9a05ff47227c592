namespace SmtpTransport;

/// <summary>Says which option is not valid, and why. Immutable.</summary>
public sealed class OptionError
{
    internal OptionError(string? name, string message) => (Name, Message) = (name, message);

    /// <summary>The name of the option or the key of the setting; null if a text as a whole is not valid, such as a URL.</summary>
    public string? Name { get; }

    /// <summary>What is not valid, which value was given and what is allowed. It contains no secret.</summary>
    public string Message { get; }

    /// <inheritdoc cref="Message"/>
    /// <returns>The message.</returns>
    public override string ToString() => Message;

    internal static OptionError NotAllowed(string name, string given, string allowed) =>
        new(name, $"{name} is {given}; allowed: {allowed}.");

    internal ArgumentException ToException() => new(Message, Name);
}
