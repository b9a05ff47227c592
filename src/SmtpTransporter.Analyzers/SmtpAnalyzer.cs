using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace SmtpTransport.Analyzers;

/// <summary>An analyzer with one rule. It does nothing in a compilation that does not know this library.</summary>
internal abstract class SmtpAnalyzer : DiagnosticAnalyzer
{
    /// <summary>The category of every rule.</summary>
    internal const string Category = "SmtpTransporter";

    /// <summary>The rule.</summary>
    protected abstract DiagnosticDescriptor Rule { get; }

    /// <summary>
    /// Whether the rule holds in a project of tests too. Default no: a test does on purpose what an application should not.
    /// </summary>
    protected virtual bool AppliesToTests => false;

    /// <inheritdoc/>
    public sealed override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => ImmutableArray.Create(Rule);

    /// <inheritdoc/>
    public sealed override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (SmtpTypes.Of(start.Compilation) is { } types && (AppliesToTests || !types.IsTestProject))
                Register(start, types);
        });
    }

    /// <summary>Registers what the rule looks at.</summary>
    protected abstract void Register(CompilationStartAnalysisContext context, SmtpTypes types);
}
