namespace SmtpTransport.Templates;

/// <summary>For components that inject nothing.</summary>
internal sealed class NoServices : IServiceProvider
{
    public static readonly NoServices Instance = new();

    public object? GetService(Type serviceType) => null;
}
