using SmtpTransport.Templates;
using Xunit;

namespace SmtpTransport.AppTests.Templates;

/// <summary>A folder for the files of templates.</summary>
public abstract class TemplateTest : IDisposable
{
    protected string Folder { get; } = Directory.CreateTempSubdirectory("templates").FullName;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected void Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    protected EmailTemplates Create(Action<EmailTemplateOptions>? configure = null)
    {
        var options = new EmailTemplateOptions { Folder = Folder };
        configure?.Invoke(options);
        return new EmailTemplates(options);
    }

    /// <summary>Renders a Liquid text as the only file.</summary>
    protected Task<Email> RenderAsync(string text, object? model = null, Action<EmailTemplateOptions>? configure = null)
    {
        Write("test.liquid", text);
        return Create(configure).RenderAsync("test", model, cancellationToken: Cancellation);
    }
}
