using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace SmtpTransport.DocsTests;

/// <summary>
/// Compiles a snippet as a program of its own: its statements are the top-level statements, its usings and types count, and what it
/// does not declare itself comes from <see cref="Ambient"/>.
/// </summary>
internal static class SnippetCompiler
{
    // What a short example leaves unused (variables, functions, events), and packages that were built for an older .NET.
    private static readonly string[] Ignored = ["CS0067", "CS0168", "CS0169", "CS0219", "CS0649", "CS1701", "CS1702", "CS1998", "CS8321"];

    // The implicit usings of the web SDK, the namespace of this library, and the ambient members.
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Net.Http.Json;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Hosting;
        global using Microsoft.AspNetCore.Http;
        global using Microsoft.AspNetCore.Routing;
        global using Microsoft.Extensions.Configuration;
        global using Microsoft.Extensions.DependencyInjection;
        global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging;
        global using SmtpTransport;

        """;

    private const string GlobalUsings = $"""
        {Usings}
        global using SmtpTransport.DocsTests.Sample;
        global using static SmtpTransport.DocsTests.Ambient;
        """;

    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.Latest);

    // No assembly is written: the diagnostics are all that is wanted.
    private static readonly CSharpCompilation Base = CSharpCompilation.Create(
        "Snippet",
        [CSharpSyntaxTree.ParseText(GlobalUsings, Parsing)],
        References(),
        new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));

    /// <summary>The errors and warnings of a snippet, each with its line in the document; empty if it compiles.</summary>
    public static IReadOnlyList<string> Compile(Snippet snippet)
    {
        var tree = CSharpSyntaxTree.ParseText(Wrapped(snippet.Code), Parsing);
        // A snippet of types alone is a library.
        var kind = tree.GetCompilationUnitRoot().Members.Any(m => m is GlobalStatementSyntax)
            ? OutputKind.ConsoleApplication
            : OutputKind.DynamicallyLinkedLibrary;
        return
        [
            .. Base.WithOptions(Base.Options.WithOutputKind(kind)).AddSyntaxTrees(tree).GetDiagnostics()
                .Where(d => d.Severity >= Microsoft.CodeAnalysis.DiagnosticSeverity.Warning && !Ignored.Contains(d.Id))
                .Select(d => Shown(snippet, d)),
        ];
    }

    /// <summary>Writes a program that has the values of its variables, instead of those of <see cref="Ambient"/>.</summary>
    /// <param name="code">The code.</param>
    /// <param name="values">Members of a static class, such as constants.</param>
    /// <param name="file">The assembly to write.</param>
    public static void Write(string code, string values, string file)
    {
        var compilation = Base.RemoveAllSyntaxTrees().AddSyntaxTrees(
            CSharpSyntaxTree.ParseText($"{Usings}global using static Values;\n\npublic static class Values\n{{\n{values}\n}}\n", Parsing),
            CSharpSyntaxTree.ParseText(code, Parsing));
        var emitted = compilation.Emit(file);
        if (!emitted.Success)
            throw new InvalidOperationException(string.Join("\n", emitted.Diagnostics));
    }

    /// <summary>Members of a class, such as a test method, are put into one, on the line on which they begin.</summary>
    private static string Wrapped(string code)
    {
        var root = CSharpSyntaxTree.ParseText(code, Parsing).GetCompilationUnitRoot();
        return root.Members.FirstOrDefault(IsMember) is { } member
            ? $"{code[..member.SpanStart]}public class Members {{ {code[member.SpanStart..]}}}\n"
            : code;
    }

    private static bool IsMember(MemberDeclarationSyntax member) =>
        member is GlobalStatementSyntax { Statement: LocalFunctionStatementSyntax function }
        && (function.AttributeLists.Count > 0 || function.Modifiers.Any(m => m.IsKind(SyntaxKind.PublicKeyword)));

    private static string Shown(Snippet snippet, Diagnostic diagnostic)
    {
        var line = diagnostic.Location.GetLineSpan().StartLinePosition.Line;
        var lines = snippet.Code.Split('\n');
        var text = line < lines.Length ? lines[line].Trim() : "";
        return $"{snippet.File}:{snippet.Line + line}: {diagnostic.Id} {diagnostic.GetMessage(null)}\n    {text}";
    }

    /// <summary>All that this process may load: .NET, ASP.NET Core, the packages of this repository and those of the project.</summary>
    private static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(
            p => MetadataReference.CreateFromFile(p));
}
