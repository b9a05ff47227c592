using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SmtpTransport.Templates;

/// <summary>Renders Razor components. Each email has a renderer and a scope of its own. Safe for concurrent callers.</summary>
internal sealed class RazorRenderer(EmailTemplateOptions options, IServiceProvider? services)
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Members = new();
    private static readonly ConcurrentDictionary<Type, ComponentParameters> Parameters = new();

    private readonly ILoggerFactory _loggers = services?.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;

    /// <exception cref="EmailTemplateException">A parameter does not exist, or a required one is missing.</exception>
    public async ValueTask<string> RenderAsync(Type component, object? parameters)
    {
        var values = ReadParameters(parameters);
        Check(component, values);
        var scope = services?.GetService<IServiceScopeFactory>()?.CreateAsyncScope();
        try
        {
            var renderer = new HtmlRenderer(scope?.ServiceProvider ?? NoServices.Instance, _loggers);
            await using (renderer.ConfigureAwait(false))
                return await renderer.Dispatcher.InvokeAsync(() => RenderAsync(renderer, component, values)).ConfigureAwait(false);
        }
        finally
        {
            if (scope is { } used)
                await used.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<string> RenderAsync(HtmlRenderer renderer, Type component, IDictionary<string, object?> values)
    {
        var root = ParameterView.FromDictionary(new Dictionary<string, object?>
        {
            [nameof(EmailRoot.Component)] = component,
            [nameof(EmailRoot.Values)] = values,
            [nameof(EmailRoot.TimeZone)] = options.TimeZone,
        });
        // The renderer's own thread of work goes on where it was.
        var output = await renderer.RenderComponentAsync<EmailRoot>(root).ConfigureAwait(true);
        return output.ToHtmlString();
    }

    private static IDictionary<string, object?> ReadParameters(object? parameters) => parameters switch
    {
        null => new Dictionary<string, object?>(),
        IDictionary<string, object?> dictionary => dictionary,
        _ => Members.GetOrAdd(parameters.GetType(), type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            .ToDictionary(p => p.Name, p => p.GetValue(parameters), StringComparer.OrdinalIgnoreCase),
    };

    private static void Check(Type component, IDictionary<string, object?> values)
    {
        var (known, required, takesAll) = Parameters.GetOrAdd(component, ComponentParameters.Of);
        if (!takesAll && values.Keys.FirstOrDefault(k => !Has(known, k)) is { } unknown)
        {
            throw new EmailTemplateException(
                component.Name, null, $"the component has no parameter \"{unknown}\". It has {List(known)}.");
        }
        var missing = required.Where(name => !Has(values.Keys, name)).ToList();
        if (missing.Count > 0)
            throw new EmailTemplateException(component.Name, null, $"the component requires {List(missing)}.");
    }

    private static bool Has(IEnumerable<string> names, string name) => names.Contains(name, StringComparer.OrdinalIgnoreCase);

    private static string List(IEnumerable<string> names) =>
        string.Join(", ", names.Order(StringComparer.Ordinal).Select(n => $"\"{n}\"")) is { Length: > 0 } text ? text : "none";
}
