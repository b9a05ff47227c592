using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Fluid;
using Fluid.Values;

namespace SmtpTransport.Templates;

/// <summary>Renders Liquid files with their layouts. Safe for concurrent callers.</summary>
internal sealed class LiquidRenderer(EmailTemplateOptions options, TemplateFolder folder)
{
    // The layout of a layout is fine; a layout that names itself would go on forever.
    private const int MaxLayouts = 10;

    // What HTML itself needs, and no references for the letters of other languages.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly LiquidParser _parser = new();
    private readonly ConcurrentDictionary<string, CultureTemplates> _cultures = new(StringComparer.Ordinal);

    /// <exception cref="EmailTemplateException">A file is missing or not valid, or refers to what does not exist.</exception>
    public async ValueTask<string> RenderAsync(string name, object? model, CultureInfo culture)
    {
        var templates = _cultures.GetOrAdd(culture.Name, _ => new CultureTemplates(options, folder, _parser, culture));
        var (file, template) = await templates.LoadAsync(name).ConfigureAwait(false);
        var errors = new LiquidErrors(templates, folder, file, model);
        var context = CreateContext(model, templates.Options);
        if (options.IsStrict)
            context.Undefined = errors.Undefined;
        try
        {
            var html = await template.RenderAsync(context, Encoder, isolateContext: false).ConfigureAwait(false);
            for (var i = 0; LiquidParser.TakeLayout(context) is { } layout; i++)
            {
                if (i == MaxLayouts)
                    throw new EmailTemplateException(file.Name, null, $"there are more than {MaxLayouts} layouts around each other.");
                LiquidParser.SetBody(context, html);
                template = (await templates.LoadAsync(layout).ConfigureAwait(false)).Template;
                html = await template.RenderAsync(context, Encoder, isolateContext: false).ConfigureAwait(false);
            }
            return html;
        }
        catch (Exception exception) when (exception is FluidException or FileNotFoundException or InvalidOperationException)
        {
            throw errors.From(exception);
        }
    }

    private static TemplateContext CreateContext(object? model, TemplateOptions options)
    {
        if (model is null)
            return new TemplateContext(options);
        if (model is not IDictionary dictionary)
            return new TemplateContext(model, options);
        var context = new TemplateContext(options);
        foreach (DictionaryEntry entry in dictionary)
            context.SetValue(Convert.ToString(entry.Key, CultureInfo.InvariantCulture)!, FluidValue.Create(entry.Value, options));
        return context;
    }
}
