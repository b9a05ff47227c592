namespace SmtpTransport.Templates;

/// <summary>What one call of <c>AddEmailTemplates</c> sets.</summary>
internal sealed record EmailTemplateSetup(Action<EmailTemplateOptions, IServiceProvider> Configure);
