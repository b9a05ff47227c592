using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace SmtpTransport.ArchitectureTests;

/// <summary>The repository's source files, found from the folder of the tests.</summary>
internal static class SourceTree
{
    public static string Root { get; } = FindRoot();

    /// <summary>The C# files below a folder of the repository, without what builds have written.</summary>
    public static IEnumerable<string> FilesIn(params string[] folder) =>
        Directory.EnumerateFiles(
            Path.Combine([Root, .. folder]), "*.cs", SearchOption.AllDirectories).Where(f => !IsBuilt(f)).Order(StringComparer.Ordinal);

    /// <summary>The path below the repository's root, with slashes.</summary>
    public static string Relative(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');

    public static SyntaxTree Parse(string file) =>
        CSharpSyntaxTree.ParseText(File.ReadAllText(file), CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest), file);

    public static IEnumerable<TNode> NodesOf<TNode>(SyntaxTree tree)
        where TNode : SyntaxNode => tree.GetRoot().DescendantNodes().OfType<TNode>();

    /// <summary>The types at the top of a file.</summary>
    public static List<MemberDeclarationSyntax> TypesOf(SyntaxTree tree) =>
        [.. tree.GetRoot().DescendantNodes(n => n is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
            .OfType<MemberDeclarationSyntax>().Where(m => m is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax)];

    /// <summary>The core, compiled from its sources without what generators add.</summary>
    public static CSharpCompilation Compile(IEnumerable<SyntaxTree> trees)
    {
        var assemblies = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(a => Path.GetFileName(a) is not "SmtpTransporter.dll" and not "SmtpTransporter.Testing.dll");
        return CSharpCompilation.Create(
            "Core", trees, assemblies.Select(a => MetadataReference.CreateFromFile(a)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
    }

    private static bool IsBuilt(string file) => Relative(file).Split('/').Any(part => part is "obj" or "bin");

    // Not by CallerFilePath: a deterministic build writes another path there.
    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SmtpTransporter.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests must run below the repository's root.");
    }
}
