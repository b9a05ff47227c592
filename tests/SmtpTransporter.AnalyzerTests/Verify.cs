using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Testing;
using Xunit;

namespace SmtpTransport.AnalyzerTests;

/// <summary>Runs an analyzer, or a fix, over code. What the analyzer must report is between [| and |].</summary>
internal static class Verify
{
    public static Task ReportsAsync<TAnalyzer>(string statements)
        where TAnalyzer : DiagnosticAnalyzer, new()
    {
        Assert.Contains("[|", statements, StringComparison.Ordinal);
        return CodeAsync<TAnalyzer>(CodeUnderTest.Method(statements));
    }

    public static Task IsSilentAsync<TAnalyzer>(string statements)
        where TAnalyzer : DiagnosticAnalyzer, new()
    {
        Assert.DoesNotContain("[|", statements, StringComparison.Ordinal);
        return CodeAsync<TAnalyzer>(CodeUnderTest.Method(statements));
    }

    /// <summary>The same code in a project of tests, where the analyzer says nothing.</summary>
    public static Task IsSilentInTestsAsync<TAnalyzer>(string statements)
        where TAnalyzer : DiagnosticAnalyzer, new()
    {
        var code = CodeUnderTest.Method(statements.Replace("[|", "", StringComparison.Ordinal).Replace("|]", "", StringComparison.Ordinal));
        var test = NewTest<TAnalyzer>(code);
        test.TestState.AdditionalReferences.Add(CodeUnderTest.Xunit);
        return test.RunAsync(TestContext.Current.CancellationToken);
    }

    public static Task CodeAsync<TAnalyzer>(string code)
        where TAnalyzer : DiagnosticAnalyzer, new() => NewTest<TAnalyzer>(code).RunAsync(TestContext.Current.CancellationToken);

    /// <summary>Compares what a fix makes of statements; the result must compile.</summary>
    public static Task FixAsync<TAnalyzer, TFix>(string statements, string expected)
        where TAnalyzer : DiagnosticAnalyzer, new()
        where TFix : CodeFixProvider, new() =>
        FixCodeAsync<TAnalyzer, TFix>(CodeUnderTest.Method(statements), CodeUnderTest.Method(expected));

    public static Task FixCodeAsync<TAnalyzer, TFix>(string code, string expected)
        where TAnalyzer : DiagnosticAnalyzer, new()
        where TFix : CodeFixProvider, new()
    {
        var test = new CSharpCodeFixTest<TAnalyzer, TFix, DefaultVerifier>
        {
            TestCode = code,
            FixedCode = expected,
            ReferenceAssemblies = CodeUnderTest.Framework,
        };
        test.TestState.AdditionalReferences.AddRange(CodeUnderTest.References);
        test.FixedState.AdditionalReferences.AddRange(CodeUnderTest.References);
        return test.RunAsync(TestContext.Current.CancellationToken);
    }

    private static CSharpAnalyzerTest<TAnalyzer, DefaultVerifier> NewTest<TAnalyzer>(string code)
        where TAnalyzer : DiagnosticAnalyzer, new()
    {
        var test = new CSharpAnalyzerTest<TAnalyzer, DefaultVerifier> { TestCode = code, ReferenceAssemblies = CodeUnderTest.Framework };
        test.TestState.AdditionalReferences.AddRange(CodeUnderTest.References);
        return test;
    }
}
