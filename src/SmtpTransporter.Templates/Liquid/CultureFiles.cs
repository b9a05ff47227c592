using System.Globalization;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace SmtpTransport.Templates;

/// <summary>The files of a folder as those of one culture, for Fluid's <c>include</c> and <c>render</c>.</summary>
internal sealed class CultureFiles(TemplateFolder folder, CultureInfo culture) : IFileProvider
{
    public IFileInfo GetFileInfo(string subpath) =>
        (subpath.EndsWith(TemplateFolder.Extension, StringComparison.Ordinal) ? folder.Find(subpath, culture) : null) as IFileInfo
        ?? new NotFoundFileInfo(subpath);

    public IDirectoryContents GetDirectoryContents(string subpath) => NotFoundDirectoryContents.Singleton;

    public IChangeToken Watch(string filter) => NullChangeToken.Singleton;
}
