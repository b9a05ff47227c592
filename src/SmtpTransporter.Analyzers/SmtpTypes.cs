using Microsoft.CodeAnalysis;

namespace SmtpTransport.Analyzers;

/// <summary>The types of this library in a compilation.</summary>
internal sealed class SmtpTypes
{
    // The assembly with the attribute of a test, in each framework.
    private static readonly HashSet<string> TestFrameworks = new(StringComparer.OrdinalIgnoreCase)
    {
        "xunit.core", "xunit.v3.core", "nunit.framework", "Microsoft.VisualStudio.TestPlatform.TestFramework", "MSTest.TestFramework",
        "TUnit.Core",
    };

    private readonly INamedTypeSymbol _messageSender;

    private SmtpTypes(Compilation compilation, INamedTypeSymbol door, INamedTypeSymbol messageSender)
    {
        Door = door;
        _messageSender = messageSender;
        Transporter = Find(compilation, "SmtpTransporter");
        Email = Find(compilation, "Email");
        Options = Find(compilation, "ServerOptions");
        Result = Find(compilation, "SendResult");
        Dkim = Find(compilation, "DkimOptions");
        IsTestProject = compilation.ReferencedAssemblyNames.Any(a => TestFrameworks.Contains(a.Name));
    }

    /// <summary>ISmtpTransporter.</summary>
    public INamedTypeSymbol Door { get; }

    /// <summary>SmtpTransporter.</summary>
    public INamedTypeSymbol? Transporter { get; }

    /// <summary>Email.</summary>
    public INamedTypeSymbol? Email { get; }

    /// <summary>ServerOptions.</summary>
    public INamedTypeSymbol? Options { get; }

    /// <summary>SendResult.</summary>
    public INamedTypeSymbol? Result { get; }

    /// <summary>DkimOptions.</summary>
    public INamedTypeSymbol? Dkim { get; }

    /// <summary>Whether the project references a framework for tests.</summary>
    public bool IsTestProject { get; }

    /// <summary>The types; null if the compilation does not reference this library.</summary>
    public static SmtpTypes? Of(Compilation compilation) =>
        Find(compilation, "ISmtpTransporter") is { } door && Find(compilation, "IStoredMessageSender") is { } sender
            ? new SmtpTypes(compilation, door, sender)
            : null;

    /// <summary>Whether a method sends one email and returns its result. A fake is not asked for its results.</summary>
    public bool IsSend(IMethodSymbol method) =>
        method.Name is "Send" or "SendAsync"
        && method.Parameters.Length > 0
        && method.ContainingType is { } type
        && type.ContainingAssembly.Name != "SmtpTransporter.Testing"
        && (Implements(type, Door) || Implements(type, _messageSender))
        && IsResult(method.ReturnType);

    /// <summary>Whether a type is SendResult.</summary>
    public bool IsSendResult(ITypeSymbol? type) => SymbolEqualityComparer.Default.Equals(type, Result);

    /// <summary>Whether a property is the one of that name of a type of this library.</summary>
    public static bool Is(IPropertySymbol property, INamedTypeSymbol? type, string name) =>
        property.Name == name && SymbolEqualityComparer.Default.Equals(property.ContainingType, type);

    private static bool Implements(INamedTypeSymbol type, INamedTypeSymbol contract) =>
        SymbolEqualityComparer.Default.Equals(type, contract)
        || type.AllInterfaces.Any(i => SymbolEqualityComparer.Default.Equals(i, contract));

    private bool IsResult(ITypeSymbol type) =>
        IsSendResult(type)
        || (type is INamedTypeSymbol { Name: "Task", TypeArguments.Length: 1 } task && IsSendResult(task.TypeArguments[0]));

    private static INamedTypeSymbol? Find(Compilation compilation, string name) =>
        compilation.GetTypeByMetadataName($"SmtpTransport.{name}");
}
