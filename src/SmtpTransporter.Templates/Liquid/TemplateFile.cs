using Microsoft.Extensions.FileProviders;

namespace SmtpTransport.Templates;

/// <summary>A file of a template, as Fluid reads it.</summary>
internal sealed class TemplateFile(string name, string path, DateTime changedAt) : IFileInfo
{
    public bool Exists => true;

    public bool IsDirectory => false;

    public DateTimeOffset LastModified { get; } = new(changedAt, TimeSpan.Zero);

    public long Length => new FileInfo(path).Length;

    /// <summary>Below the folder, with slashes.</summary>
    public string Name { get; } = name;

    public string PhysicalPath => path;

    /// <exception cref="EmailTemplateException">The file cannot be read.</exception>
    public Stream CreateReadStream()
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new EmailTemplateException(Name, null, $"the file cannot be read: {exception.Message}", exception);
        }
    }
}
