using System.Globalization;
using Fluid;

namespace SmtpTransport.Templates;

/// <summary>The templates of one culture, and how Fluid reads them. Safe for concurrent callers.</summary>
internal sealed class CultureTemplates
{
    private readonly TemplateFolder _folder;
    private readonly LiquidParser _parser;
    private readonly CultureInfo _culture;

    public CultureTemplates(EmailTemplateOptions options, TemplateFolder folder, LiquidParser parser, CultureInfo culture)
    {
        (_folder, _parser, _culture) = (folder, parser, culture);
        Options = new TemplateOptions
        {
            CultureInfo = culture,
            TimeZone = options.TimeZone,
            Now = () => TimeZoneInfo.ConvertTime(options.TimeProvider.GetUtcNow(), options.TimeZone),
            MemberAccessStrategy = new UnsafeMemberAccessStrategy { IgnoreCasing = true },
            FileProvider = new CultureFiles(folder, culture),
            StrictFilters = options.IsStrict,
        };
        Options.ValueConverters.Add(value => ZonedTimeValue.From(value, options.TimeZone));
        if (options.Translate is { } translate)
        {
            Options.Filters.AddFilter("t", (input, _, _) =>
                Fluid.Values.StringValue.Create(translate(input.ToStringValue(), culture) ?? input.ToStringValue()));
        }
    }

    public TemplateOptions Options { get; }

    /// <param name="name">The path below the folder, with or without extension.</param>
    /// <returns>The file and the template in it.</returns>
    /// <exception cref="EmailTemplateException">There is no such file, or it cannot be read or is not valid.</exception>
    public async ValueTask<(TemplateFile File, IFluidTemplate Template)> LoadAsync(string name)
    {
        var path = PathOf(name);
        if (_folder.Find(path, _culture) is not { } file)
            throw LiquidErrors.Missing(name, _folder, _culture);
        if (!Options.TemplateCache.TryGetTemplate(path, file.LastModified, out var template))
        {
            if (!_parser.TryParse(await ReadAsync(file).ConfigureAwait(false), out template, out var error))
                throw LiquidErrors.Invalid(file.Name, error);
            Options.TemplateCache.SetTemplate(path, file.LastModified, template);
        }
        return (file, template);
    }

    /// <summary>The file of a template; null if there is none.</summary>
    public TemplateFile? Find(string name) => _folder.Find(PathOf(name), _culture);

    private static async ValueTask<string> ReadAsync(TemplateFile file)
    {
        using var reader = new StreamReader(file.CreateReadStream());
        return await reader.ReadToEndAsync().ConfigureAwait(false);
    }

    private static string PathOf(string name) =>
        name.EndsWith(TemplateFolder.Extension, StringComparison.Ordinal) ? name : name + TemplateFolder.Extension;
}
