using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace SmtpTransport.Analyzers;

/// <summary>Reads the client of System.Net.Mail: its properties, and the calls that send.</summary>
internal sealed class NetMailClientReader : ClientReader
{
    internal const string ClientType = "System.Net.Mail.SmtpClient";

    private bool _hasHost;
    private bool _hasPort;
    private bool _hasEncryption;

    public NetMailClientReader(SemanticModel model, ClientConversion conversion, CancellationToken cancellationToken)
        : base(model, conversion, cancellationToken)
    {
    }

    /// <inheritdoc/>
    protected override bool ReadArgument(string parameter, ExpressionSyntax value) => parameter switch
    {
        "host" => ReadProperty("Host", value),
        "port" => ReadProperty("Port", value),
        _ => false,
    };

    /// <inheritdoc/>
    protected override bool ReadProperty(string name, ExpressionSyntax value)
    {
        switch (name)
        {
            case "Host":
                Add(name, value);
                return !_hasHost && (_hasHost = true);
            case "Port":
                Add(name, value);
                return !_hasPort && (_hasPort = true);
            case "EnableSsl":
                if (Constant(value) is false)
                    Add("AcceptUnsecureConnection", "true");
                else if (Constant(value) is null)
                    Add("AcceptUnsecureConnection", value, IsSimple(value) ? "!{0}" : "!({0})");
                return !_hasEncryption && (_hasEncryption = true);
            case "Timeout":
                Add("SendTimeout", value, "System.TimeSpan.FromMilliseconds({0})");
                return true;
            case "Credentials":
                return ReadCredentials(value);
            case "UseDefaultCredentials":
                return Constant(value) is false;
            case "DeliveryMethod":
                return Constant(value) is 0;
            default:
                return false;
        }
    }

    /// <inheritdoc/>
    protected override bool ReadCall(IMethodSymbol method, Call call)
    {
        if (call.Name == "Dispose")
            return true;
        if (call.Name is not ("Send" or "SendMailAsync") || call.IsAwaited != (call.Name == "SendMailAsync"))
            return false;
        Conversion.Sends.Add(call.Invocation);
        // Both forms: a message, or its four parts. The text of a null part is not known to be empty, so it must be a string.
        return method.Parameters.All(p => p.Name is "message" or "from" or "recipients" or "subject" or "body" or "cancellationToken");
    }

    /// <inheritdoc/>
    protected override bool Complete()
    {
        if (!_hasHost)
            return false;
        if (!_hasPort)
            Conversion.Options.Insert(1, ("Port", SyntaxFactory.ParseExpression("25")));
        if (!_hasEncryption)
            Add("AcceptUnsecureConnection", "true");
        return true;
    }

    private static bool IsSimple(ExpressionSyntax value) => value is IdentifierNameSyntax or MemberAccessExpressionSyntax;

    private bool ReadCredentials(ExpressionSyntax value)
    {
        if (value is not ObjectCreationExpressionSyntax { Initializer: null } creation || TypeName(value) != "System.Net.NetworkCredential")
            return false;
        var arguments = Arguments(creation, creation.ArgumentList);
        if (arguments.Count != 2 || !arguments.TryGetValue("userName", out var user) || !arguments.TryGetValue("password", out var password)
            || TypeName(password) != "string" && Constant(password) is null)
            return false;
        Add("User", user);
        Add("Password", password);
        return true;
    }
}
