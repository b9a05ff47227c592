using System.Globalization;
using Microsoft.AspNetCore.Components;

namespace SmtpTransport.Templates;

/// <summary>Creates emails from Liquid files and Razor components.</summary>
/// <remarks>
/// <para>The subject is the text of the HTML's <c>&lt;title&gt;</c>. The CSS is written into attributes, images from files become inline
/// parts, and the text body is made from the HTML. A link with <c>rel="unsubscribe"</c> becomes the fields for which mail programs show a
/// button (<see cref="Email.AddListUnsubscribe"/>).</para>
/// <para>Templates are parsed once, and the CSS of each element of a template is computed once. Safe for concurrent callers.</para>
/// </remarks>
public sealed class EmailTemplates
{
    private readonly EmailTemplateOptions _options;
    private readonly LiquidRenderer _liquid;
    private readonly RazorRenderer _razor;
    private readonly EmailAssembler _assembler;

    /// <summary>Creates the templates.</summary>
    /// <param name="options">The options, which must not be changed after this.</param>
    /// <param name="services">What components inject; each email has a scope of its own. Default: nothing.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    public EmailTemplates(EmailTemplateOptions options, IServiceProvider? services = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        var folder = new TemplateFolder(options.Folder, options.TimeProvider);
        _liquid = new LiquidRenderer(options, folder);
        _razor = new RazorRenderer(options, services);
        _assembler = new EmailAssembler(options, folder);
    }

    /// <summary>
    /// The templates of <see cref="EmailTemplateOptions.AddPreview"/>, by a name with the culture, such as <c>welcome (de)</c>: for
    /// <c>MailboxOptions.Previews</c>. Further ones of the same template are numbered, such as <c>welcome 2 (de)</c>. Each call renders
    /// the template as its files are then.
    /// </summary>
    public IReadOnlyDictionary<string, Func<CancellationToken, Task<Email>>> Previews
    {
        get
        {
            var cultures = _options.PreviewCultures.Count > 0 ? _options.PreviewCultures : [_options.Culture];
            var all = new SortedDictionary<string, Func<CancellationToken, Task<Email>>>(StringComparer.Ordinal);
            var titles = new HashSet<string>(StringComparer.Ordinal);
            foreach (var sample in _options.Samples)
            {
                var title = sample.Name;
                for (var i = 2; !titles.Add(title); i++)
                    title = string.Create(CultureInfo.InvariantCulture, $"{sample.Name} {i}");
                foreach (var culture in cultures)
                {
                    var name = culture.Name.Length == 0 ? title : $"{title} ({culture.Name})";
                    all[name] = cancellationToken => sample.RenderAsync(this, culture, cancellationToken);
                }
            }
            return all;
        }
    }

    /// <summary>Creates an email from a Liquid file.</summary>
    /// <param name="template">
    /// The file below <see cref="EmailTemplateOptions.Folder"/> without its extension: <c>welcome</c> is <c>welcome.liquid</c>, or for a
    /// culture such as de-AT the first of <c>welcome.de-AT.liquid</c>, <c>welcome.de.liquid</c> and <c>welcome.liquid</c> that exists. The
    /// same holds for its layout and its partials.
    /// </param>
    /// <param name="model">
    /// The object whose public members are the variables, or a dictionary of them. Names are compared without case. Default: none.
    /// </param>
    /// <param name="culture">The culture of numbers, dates and files. Default: <see cref="EmailTemplateOptions.Culture"/>.</param>
    /// <param name="cancellationToken">Cancels the rendering before it begins.</param>
    /// <returns>The email, without sender and recipients.</returns>
    /// <exception cref="ArgumentException"><paramref name="template"/> is null or empty.</exception>
    /// <exception cref="EmailTemplateException">
    /// A file is missing or not valid, or refers to what does not exist (<see cref="EmailTemplateOptions.IsStrict"/>).
    /// </exception>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public async Task<Email> RenderAsync(
        string template, object? model = null, CultureInfo? culture = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(template);
        cancellationToken.ThrowIfCancellationRequested();
        Enter(culture);
        var html = await _liquid.RenderAsync(template, model, CultureInfo.CurrentCulture).ConfigureAwait(false);
        return _assembler.Assemble(html, template);
    }

    /// <summary>Creates an email from a Razor component.</summary>
    /// <typeparam name="TComponent">The component. Its <c>@layout</c> is the layout of the email.</typeparam>
    /// <param name="parameters">
    /// An object with a member for each parameter, such as <c>new { Name = "Ann" }</c>, or a dictionary of them. Default: none.
    /// </param>
    /// <param name="culture">
    /// <see cref="CultureInfo.CurrentCulture"/> and <see cref="CultureInfo.CurrentUICulture"/> of the component. Default:
    /// <see cref="EmailTemplateOptions.Culture"/>.
    /// </param>
    /// <param name="cancellationToken">Cancels the rendering before it begins.</param>
    /// <returns>The email, without sender and recipients.</returns>
    /// <exception cref="EmailTemplateException">A parameter does not exist, or a required one is missing.</exception>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    /// <remarks>What the component itself throws is thrown as it is.</remarks>
    public async Task<Email> RenderComponentAsync<TComponent>(
        object? parameters = null, CultureInfo? culture = null, CancellationToken cancellationToken = default)
        where TComponent : IComponent
    {
        cancellationToken.ThrowIfCancellationRequested();
        Enter(culture);
        var html = await _razor.RenderAsync(typeof(TComponent), parameters).ConfigureAwait(false);
        return _assembler.Assemble(html, typeof(TComponent).Name);
    }

    /// <summary>Sets the culture for the rest of the calling method, which is asynchronous: its caller keeps its own.</summary>
    private void Enter(CultureInfo? culture)
    {
        CultureInfo.CurrentCulture = culture ?? _options.Culture;
        CultureInfo.CurrentUICulture = culture ?? _options.Culture;
    }
}
