using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Fluid;
using Fluid.Values;

namespace SmtpTransport.Templates;

/// <summary>Says which file, line and names an error of Liquid is about. Fluid itself knows the name alone.</summary>
internal sealed partial class LiquidErrors(CultureTemplates templates, TemplateFolder folder, TemplateFile main, object? model)
{
    // Members of members of the model, for names that are near.
    private const int MaxDepth = 4;

    // One render calls Undefined for each null that it meets, perhaps in a long loop.
    private readonly Dictionary<string, bool> _defined = new(StringComparer.OrdinalIgnoreCase);
    private List<(string File, string Text)>? _sources;

    public static EmailTemplateException Missing(string name, TemplateFolder folder, CultureInfo culture)
    {
        var others = string.Join(", ", folder.OtherCulturesOf(name));
        var problem = others.Length == 0
            ? $"there is no such template in \"{folder.Path}\".{Near(name, folder.Names)}"
            : $"\"{folder.Path}\" has {others}, but no file for {(culture.Name.Length == 0 ? "the invariant culture" : culture.Name)}. "
                + $"Add {name}{TemplateFolder.Extension}, which serves all cultures that have no file of their own.";
        return new EmailTemplateException(name, null, problem);
    }

    /// <param name="file">The file that could not be parsed.</param>
    /// <param name="error">Fluid's message, which ends with the place, such as <c>at (3:12)</c>.</param>
    public static EmailTemplateException Invalid(string file, string error)
    {
        var place = Place().Match(error);
        int? line = place.Success ? int.Parse(place.Groups["line"].Value, CultureInfo.InvariantCulture) : null;
        // Behind the place, Fluid repeats the line, or an empty one.
        var problem = error.Split("\nSource:")[0].Trim();
        return new EmailTemplateException(file, line, $"this is not valid Liquid: {problem}");
    }

    /// <summary>What Fluid calls for a variable or member that does not exist, and for one that is null.</summary>
    /// <exception cref="EmailTemplateException">The name does not exist, or a file can no longer be read.</exception>
    public ValueTask<FluidValue> Undefined(string name)
    {
        if (!_defined.TryGetValue(name, out var isDefined))
            _defined[name] = isDefined = IsNullInModel(name) || Sources().Exists(s => Defines(s.Text, name));
        if (isDefined)
            return new ValueTask<FluidValue>(NilValue.Instance);
        var sources = Sources();
        var (file, line) = Locate(sources, name);
        var problem = $"\"{name}\" is not a variable or member that the template knows.{Near(name, KnownNames(sources))}";
        throw new EmailTemplateException(file, line, problem);
    }

    /// <exception cref="EmailTemplateException">A file can no longer be read.</exception>
    public EmailTemplateException From(Exception exception)
    {
        var sources = Sources();
        if (exception is FileNotFoundException)
        {
            var name = exception.Message[..^(exception.Message.EndsWith(TemplateFolder.Extension, StringComparison.Ordinal)
                ? TemplateFolder.Extension.Length : 0)];
            var (from, at) = Locate(sources, name);
            return new EmailTemplateException(from, at, $"there is no template \"{name}\".{Near(name, folder.Names)}", exception);
        }
        if (UnknownFilter().Match(exception.Message) is { Success: true } match)
        {
            var name = match.Groups["name"].Value;
            var (from, at) = Locate(sources, name);
            var near = Near(name, templates.Options.Filters.Select(f => f.Key));
            return new EmailTemplateException(from, at, $"there is no filter \"{name}\".{near}", exception);
        }
        return exception is ParseException ? LocateInvalid(sources, exception) : new(main.Name, null, exception.Message, exception);
    }

    /// <summary>A partial could not be parsed: which one, Fluid does not say.</summary>
    private static EmailTemplateException LocateInvalid(List<(string File, string Text)> sources, Exception exception)
    {
        var parser = new LiquidParser();
        var file = sources.Find(s => !parser.TryParse(s.Text, out _, out _)).File ?? sources[0].File;
        return Invalid(file, exception.Message);
    }

    /// <summary>Whether a dictionary has the name as a key without a value. A key with a value is never undefined.</summary>
    private bool IsNullInModel(string name) => model is IDictionary dictionary && dictionary.Keys.Cast<object>().Any(key =>
        dictionary[key] is null
        && string.Equals(Convert.ToString(key, CultureInfo.InvariantCulture), name, StringComparison.OrdinalIgnoreCase));

    private List<(string File, string Text)> Sources() => _sources ??= ReadSources();

    /// <summary>The template and all that it refers to, directly or not, by names that are written in it.</summary>
    private List<(string File, string Text)> ReadSources()
    {
        var found = new List<(string File, string Text)>();
        var waiting = new Queue<TemplateFile>([main]);
        while (waiting.TryDequeue(out var file))
        {
            if (found.Exists(f => f.File == file.Name))
                continue;
            using var reader = new StreamReader(file.CreateReadStream());
            var text = reader.ReadToEnd();
            found.Add((file.Name, text));
            foreach (Match match in References().Matches(text))
            {
                if (templates.Find(match.Groups["name"].Value) is { } next)
                    waiting.Enqueue(next);
            }
        }
        return found;
    }

    /// <summary>Whether a tag gives a value to the name, which may be null.</summary>
    private static bool Defines(string text, string name)
    {
        var word = Regex.Escape(name);
        return Tags().Matches(text).Any(tag => Regex.IsMatch(
            tag.Value,
            $@"\b(?:assign|capture|for|tablerow|increment|decrement|as)\s+{word}\b|\b(?:include|render)\b.*[\s,]{word}\s*:",
            RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.IgnoreCase));
    }

    /// <returns>The first place where a tag has the name.</returns>
    private static (string File, int? Line) Locate(List<(string File, string Text)> sources, string name)
    {
        var word = new Regex(
            $@"(?<![\w-]){Regex.Escape(name.Split('.')[^1])}(?![\w-])", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);
        foreach (var (file, text) in sources)
        {
            foreach (Match tag in Tags().Matches(text))
            {
                if (word.Match(tag.Value) is { Success: true } match)
                    return (file, text.AsSpan(0, tag.Index + match.Index).Count('\n') + 1);
            }
        }
        return (sources[0].File, null);
    }

    private HashSet<string> KnownNames(List<(string File, string Text)> sources)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        if (model is IDictionary dictionary)
            names.UnionWith(dictionary.Keys.OfType<string>());
        else if (model is not null)
            AddMembers(model.GetType(), names, [], 0);
        names.UnionWith(sources.SelectMany(s => Definitions().Matches(s.Text)).Select(m => m.Groups["name"].Value));
        return names;
    }

    private static void AddMembers(Type type, HashSet<string> names, HashSet<Type> seen, int depth)
    {
        if (type.IsPrimitive || type == typeof(string) || depth > MaxDepth || !seen.Add(type))
            return;
        foreach (var argument in type.IsArray ? [type.GetElementType()!] : type.GetGenericArguments())
            AddMembers(argument, names, seen, depth + 1);
        if (type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true)
            return;
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            names.Add(property.Name);
            AddMembers(property.PropertyType, names, seen, depth + 1);
        }
    }

    private static string Near(string name, IEnumerable<string> names)
    {
        var known = names.ToLookup(n => n.ToLowerInvariant());
        var near = NearNames.Of(name, known.Select(n => n.Key)).Select(n => $"\"{known[n].First()}\"").ToList();
        return near.Count > 0 ? $" Did you mean {string.Join(" or ", near)}?"
            : known.Count > 0 ? $" Known: {string.Join(", ", known.Select(n => n.First()).Order(StringComparer.Ordinal).Take(20))}."
            : "";
    }

    [GeneratedRegex(@"\{\{.*?\}\}|\{%.*?%\}", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Tags();

    [GeneratedRegex("""\b(?:layout|include|render)\s+["'](?<name>[^"']+)["']""", RegexOptions.CultureInvariant)]
    private static partial Regex References();

    [GeneratedRegex(@"\{%-?\s*(?:assign|capture|for)\s+(?<name>[\w-]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Definitions();

    [GeneratedRegex(@"at \((?<line>\d+):", RegexOptions.CultureInvariant)]
    private static partial Regex Place();

    [GeneratedRegex("Undefined filter '(?<name>[^']*)'", RegexOptions.CultureInvariant)]
    private static partial Regex UnknownFilter();
}
