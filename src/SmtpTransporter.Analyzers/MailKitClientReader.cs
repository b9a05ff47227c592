using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace SmtpTransport.Analyzers;

/// <summary>Reads MailKit's client: connect, authenticate, send, disconnect.</summary>
internal sealed class MailKitClientReader : ClientReader
{
    internal const string ClientType = "MailKit.Net.Smtp.SmtpClient";

    // The values of MailKit's SecureSocketOptions.
    private const int None = 0;
    private const int Auto = 1;
    private const int SslOnConnect = 2;
    private const int StartTls = 3;
    private const int StartTlsWhenAvailable = 4;

    private int _connects;

    public MailKitClientReader(SemanticModel model, ClientConversion conversion, CancellationToken cancellationToken)
        : base(model, conversion, cancellationToken)
    {
    }

    /// <inheritdoc/>
    protected override bool ReadArgument(string parameter, ExpressionSyntax value) => false;

    /// <inheritdoc/>
    protected override bool ReadProperty(string name, ExpressionSyntax value)
    {
        switch (name)
        {
            case "Timeout":
                Add("SendTimeout", value, "System.TimeSpan.FromMilliseconds({0})");
                return true;
            case "LocalDomain" or "CheckCertificateRevocation":
                Add(name, value);
                return true;
            case "ServerCertificateValidationCallback":
                Add("DangerouslyAcceptAnyServerCertificate", "true");
                return value is LambdaExpressionSyntax { Body: LiteralExpressionSyntax { RawKind: (int)SyntaxKind.TrueLiteralExpression } };
            default:
                return false;
        }
    }

    /// <inheritdoc/>
    protected override bool ReadCall(IMethodSymbol method, Call call)
    {
        if (call.IsAwaited != call.Name.EndsWith("Async", StringComparison.Ordinal))
            return false;
        switch (call.Name)
        {
            case "Connect" or "ConnectAsync":
                return _connects++ == 0 && IsStraight(call.Statement) && Remove(call.Statement) && ReadConnect(method, call);
            case "Authenticate" or "AuthenticateAsync":
                return IsStraight(call.Statement) && Remove(call.Statement) && ReadAuthenticate(call);
            case "Send" or "SendAsync":
                Conversion.Sends.Add(call.Invocation);
                return method.Parameters[0].Type.ToDisplayString() == "MimeKit.MimeMessage"
                    && method.Parameters.All(p => p.Name is "message" or "cancellationToken" or "progress")
                    && !Arguments(call.Invocation, call.Invocation.ArgumentList).ContainsKey("progress");
            case "Disconnect" or "DisconnectAsync":
                return Remove(call.Statement);
            case "Remove":
                return call.Invocation.ToString().Contains(".AuthenticationMechanisms.") && Remove(call.Statement);
            default:
                return call.Name == "Dispose";
        }
    }

    /// <inheritdoc/>
    protected override bool Complete() => _connects == 1;

    private bool ReadConnect(IMethodSymbol method, Call call)
    {
        var arguments = Arguments(call.Invocation, call.Invocation.ArgumentList);
        if (method.Parameters[0].Type.SpecialType != SpecialType.System_String || !arguments.TryGetValue("host", out var host))
            return false;
        Add("Host", host);
        arguments.TryGetValue("port", out var port);
        var number = port is null ? 0 : Constant(port) as int?;
        var isEncryptionVariable = arguments.TryGetValue("useSsl", out var useSsl) && Constant(useSsl) is null;
        var mode = useSsl is not null
            ? Constant(useSsl) is true ? SslOnConnect : StartTlsWhenAvailable
            : arguments.TryGetValue("options", out var options) ? Constant(options) as int? : Auto;
        if (mode is not { } known || (isEncryptionVariable && number == 0))
            return false;
        number = number == 0 ? known == SslOnConnect ? 465 : 25 : number;
        if (port is null || Constant(port) is 0)
            Add("Port", $"{number}");
        else
            Add("Port", port);
        if (isEncryptionVariable)
            Add("ImplicitTls", useSsl!);
        else
            AddEncryption(known, number, Constant(host) as string);
        return true;
    }

    // The transporter insists on TLS, unless it is told not to.
    private void AddEncryption(int mode, int? port, string? host)
    {
        if (mode == SslOnConnect && port != 465)
            Add("ImplicitTls", "true");
        else if (mode is StartTls or StartTlsWhenAvailable or None && port is null or 465)
            Add("ImplicitTls", "false");
        var isSubmission = port is 587 or 465 && !(host is not null && LoopbackHost.Is(host));
        if (mode == None || (mode is Auto or StartTlsWhenAvailable && !isSubmission))
            Add("AcceptUnsecureConnection", "true");
    }

    private bool ReadAuthenticate(Call call)
    {
        var arguments = Arguments(call.Invocation, call.Invocation.ArgumentList);
        if (!arguments.TryGetValue("userName", out var user) || !arguments.TryGetValue("password", out var password))
            return false;
        Add("User", user);
        Add("Password", password);
        return true;
    }
}
