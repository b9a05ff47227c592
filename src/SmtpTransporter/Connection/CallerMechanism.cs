using System.Net;
using MailKit.Security;

namespace SmtpTransport;

/// <summary>A mechanism of the caller, as MailKit knows mechanisms. For one authentication.</summary>
internal sealed class CallerMechanism : SaslMechanism
{
    private readonly ISaslMechanism _mechanism;
    private byte[]? _initial;

    private CallerMechanism(ISaslMechanism mechanism, string name, byte[]? initial)
        : base(new NetworkCredential())
    {
        (_mechanism, MechanismName, _initial) = (mechanism, name, initial);
        // MailKit would send an empty one as nothing, and not as "=" (RFC 4954, section 4): then it answers the empty challenge.
        SupportsInitialResponse = initial is { Length: > 0 };
    }

    public override string MechanismName { get; }

    public override bool SupportsInitialResponse { get; }

    /// <returns>Null if the options have none.</returns>
    /// <exception cref="SendFailureException">The caller's code failed.</exception>
    public static CallerMechanism? Create(ServerOptions options)
    {
        if (options.SaslMechanismFactory is not { } factory)
            return null;
        var mechanism = Call(nameof(ServerOptions.SaslMechanismFactory), factory);
        var name = Call($"{nameof(ISaslMechanism)}.{nameof(ISaslMechanism.Name)}", () => mechanism.Name);
        if (!SaslMechanismNames.IsName(name))
        {
            throw new SendFailureException(
                SmtpErrorCodes.CallbackFailed, "auth",
                $"SaslMechanismFactory has created a mechanism with the name {OptionText.Quote(name)}; "
                + $"allowed: 1 to 20 letters, digits, hyphens and underscores (RFC 4422).");
        }
        return new CallerMechanism(mechanism, name.ToUpperInvariant(), TryCall(nameof(ISaslMechanism.Begin), mechanism.Begin));
    }

    protected override byte[] Challenge(byte[]? token, int startIndex, int length, CancellationToken cancellationToken = default)
    {
        if (_initial is { } initial)
        {
            _initial = null;
            return initial;
        }
        return Call(
            $"{nameof(ISaslMechanism)}.{nameof(ISaslMechanism.Respond)}",
            () => _mechanism.Respond(token is null ? [] : token.AsSpan(startIndex, length).ToArray()));
    }

    private static T Call<T>(string name, Func<T?> callback)
        where T : class =>
        TryCall(name, callback) ?? throw new SendFailureException(SmtpErrorCodes.CallbackFailed, "auth", $"{name:own} returned null.");

    private static T? TryCall<T>(string name, Func<T?> callback)
        where T : class
    {
        try
        {
            return callback();
        }
        catch (Exception exception)
        {
            throw new SendFailureException(SmtpErrorCodes.CallbackFailed, "auth", $"{name:own} failed: {exception.Message}", exception);
        }
    }
}
