using System.Reflection;
using Microsoft.AspNetCore.Components;

namespace SmtpTransport.Templates;

/// <summary>The parameters of a component: their names, those that must be given, and whether it takes others as well.</summary>
internal sealed record ComponentParameters(IReadOnlyList<string> Names, IReadOnlyList<string> Required, bool TakesAll)
{
    public static ComponentParameters Of(Type component)
    {
        var parameters = component.GetProperties(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            .Where(p => p.IsDefined(typeof(ParameterAttribute))).ToList();
        return new(
            [.. parameters.Select(p => p.Name)],
            [.. parameters.Where(p => p.IsDefined(typeof(EditorRequiredAttribute))).Select(p => p.Name)],
            parameters.Exists(p => p.GetCustomAttribute<ParameterAttribute>()!.CaptureUnmatchedValues));
    }
}
