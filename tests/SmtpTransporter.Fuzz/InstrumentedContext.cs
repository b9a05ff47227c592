using System.Reflection;
using System.Runtime.Loader;

namespace SmtpTransport.Fuzz;

/// <summary>
/// Loads instrumented copies of the assemblies under test, which report each branch that they take, and a second copy of this assembly.
/// The files of the build stay unchanged.
/// </summary>
internal sealed class InstrumentedContext : AssemblyLoadContext
{
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name is not ("SmtpTransporter" or "SmtpTransporter.Fuzz" or "MailKit" or "MimeKit"))
            return null;
        var original = Path.Combine(AppContext.BaseDirectory, assemblyName.Name + ".dll");
        if (assemblyName.Name == "SmtpTransporter.Fuzz")
            return LoadFromAssemblyPath(original);
        var copy = Path.GetTempFileName();
        try
        {
            File.Copy(original, copy, overwrite: true);
            SharpFuzz.Fuzzer.Instrument(copy, IsInteresting, SharpFuzz.Options.Value);
            using var stream = new MemoryStream(File.ReadAllBytes(copy));
            return LoadFromStream(stream);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    // Only the parts of MailKit that are used: IMAP and POP3 are never reached.
    private static bool IsInteresting(string type) =>
        !type.StartsWith("MailKit.", StringComparison.Ordinal)
        || type.StartsWith("MailKit.Net.Smtp.", StringComparison.Ordinal)
        || type.StartsWith("MailKit.Security.", StringComparison.Ordinal);
}
