using System.Reflection;

namespace SmtpTransport.Analyzers;

/// <summary>The section of docs/analyzers.md about a rule, in the repository that this assembly was built from.</summary>
internal static class HelpLinks
{
    private static readonly string? Repository = typeof(HelpLinks).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(a => a.Key == "RepositoryUrl")?.Value;

    /// <summary>Null if the assembly was built from a clone without an address on the web.</summary>
    public static string? Of(string id) => Of(id, Repository);

    internal static string? Of(string id, string? repository)
    {
        if (repository is null || !repository.StartsWith("http", StringComparison.Ordinal))
            return null;
        const string suffix = ".git";
        var address = repository.EndsWith(suffix, StringComparison.Ordinal)
            ? repository.Substring(0, repository.Length - suffix.Length)
            : repository;
        return $"{address.TrimEnd('/')}/blob/HEAD/docs/analyzers.md#{id.ToLowerInvariant()}";
    }
}
