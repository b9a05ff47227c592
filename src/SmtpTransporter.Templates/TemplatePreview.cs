using System.Globalization;

namespace SmtpTransport.Templates;

/// <summary>A template with the model that it is shown with.</summary>
internal sealed record TemplatePreview(string Name, Func<EmailTemplates, CultureInfo, CancellationToken, Task<Email>> RenderAsync);
