using System.Globalization;

namespace SmtpTransport.Templates;

/// <summary>Where templates are, and how they become emails.</summary>
/// <remarks>Set them before <see cref="EmailTemplates"/> is created, which reads them then. Not safe for concurrent callers.</remarks>
public sealed class EmailTemplateOptions
{
    /// <summary>The folder with the Liquid files and the images. Default: <c>Emails</c>.</summary>
    /// <remarks>
    /// Absolute, or relative to the current directory, or to the application if the current directory has no such folder. Files that change
    /// are read again within a second. It need not exist for Razor components.
    /// </remarks>
    public string Folder { get; set; } = "Emails";

    /// <summary>The culture of a template that is rendered without one. Default: <see cref="CultureInfo.InvariantCulture"/>.</summary>
    /// <remarks>The culture of the thread, which may be that of a request or of the machine, never has any influence.</remarks>
    public CultureInfo Culture { get; set; } = CultureInfo.InvariantCulture;

    /// <summary>The time zone in which templates show times. Default: UTC.</summary>
    /// <remarks>
    /// In Liquid, every time is converted to it, with the <c>date</c> filter and without; a <see cref="DateTime"/> of unspecified kind is
    /// taken as a time of this zone. A component gets it as a <c>[CascadingParameter]</c> of type <see cref="TimeZoneInfo"/>.
    /// </remarks>
    public TimeZoneInfo TimeZone { get; set; } = TimeZoneInfo.Utc;

    /// <summary>
    /// Whether a variable, member or filter that does not exist in a Liquid file is an error. Default: true. If false, it is empty text.
    /// </summary>
    /// <remarks>A key that a dictionary within the model does not have is empty text in either case.</remarks>
    public bool IsStrict { get; set; } = true;

    /// <summary>Whether the rules of style elements are written into <c>style</c> attributes. Default: true.</summary>
    /// <remarks>
    /// What an attribute cannot express stays in its style element, stronger than the attributes (<c>!important</c>): media queries,
    /// <c>:hover</c> and the like. A style element with the attribute <c>data-embed</c>, or for another medium, stays as it is.
    /// </remarks>
    public bool InlineCss { get; set; } = true;

    /// <summary>
    /// Whether images from files in <see cref="Folder"/> and <c>data:</c> URIs become inline parts (<see cref="Email.EmbedImages"/>).
    /// Default: true.
    /// </summary>
    public bool EmbedImages { get; set; } = true;

    /// <summary>Translates a text for the Liquid filter <c>t</c>; a null result leaves it as it is. Default: none, and no filter.</summary>
    /// <remarks>
    /// <c>{{ "Welcome" | t }}</c>. <see cref="CultureInfo.CurrentUICulture"/> is the culture of the email, so that an
    /// <c>IStringLocalizer</c> needs no other: <c>o.Translate = (text, _) => localizer[text]</c>.
    /// </remarks>
    public Func<string, CultureInfo, string?>? Translate { get; set; }

    /// <summary>Called with each finished email, for instance to set <see cref="Email.From"/>. Default: none.</summary>
    /// <remarks>It may be called by several threads at once.</remarks>
    public Action<Email>? OnRendered { get; set; }

    /// <summary>The cultures in which <see cref="EmailTemplates.Previews"/> shows each template. Default: <see cref="Culture"/>.</summary>
    public IReadOnlyList<CultureInfo> PreviewCultures { get; set; } = [];

    /// <summary>The clock of <c>"now"</c> in Liquid. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal List<TemplatePreview> Samples { get; } = [];

    /// <summary>Adds a Liquid file to the previews, with a model to show it with.</summary>
    /// <param name="template">The name of the template, as for <see cref="EmailTemplates.RenderAsync"/>.</param>
    /// <param name="model">The model. Default: none.</param>
    /// <returns>These options.</returns>
    /// <exception cref="ArgumentException"><paramref name="template"/> is null or empty.</exception>
    public EmailTemplateOptions AddPreview(string template, object? model = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(template);
        Samples.Add(new TemplatePreview(template, (templates, culture, cancellationToken) =>
            templates.RenderAsync(template, model, culture, cancellationToken)));
        return this;
    }

    /// <summary>Adds a Razor component to the previews, with parameters to show it with.</summary>
    /// <typeparam name="TComponent">The component.</typeparam>
    /// <param name="parameters">The parameters, as for <see cref="EmailTemplates.RenderComponentAsync"/>. Default: none.</param>
    /// <returns>These options.</returns>
    public EmailTemplateOptions AddComponentPreview<TComponent>(object? parameters = null)
        where TComponent : Microsoft.AspNetCore.Components.IComponent
    {
        Samples.Add(new TemplatePreview(typeof(TComponent).Name, (templates, culture, cancellationToken) =>
            templates.RenderComponentAsync<TComponent>(parameters, culture, cancellationToken)));
        return this;
    }
}
