using System.Reflection;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace SmtpTransport.Templates;

/// <summary>Puts the component of an email into its layout, and gives both the time zone.</summary>
internal sealed class EmailRoot : ComponentBase
{
    [Parameter]
    public Type Component { get; set; } = typeof(EmailRoot);

    [Parameter]
    public IDictionary<string, object?> Values { get; set; } = new Dictionary<string, object?>();

    [Parameter]
    public TimeZoneInfo TimeZone { get; set; } = TimeZoneInfo.Utc;

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenComponent<CascadingValue<TimeZoneInfo>>(0);
        builder.AddComponentParameter(1, nameof(CascadingValue<>.Value), TimeZone);
        builder.AddComponentParameter(2, nameof(CascadingValue<>.IsFixed), true);
        builder.AddComponentParameter(3, nameof(CascadingValue<>.ChildContent), (RenderFragment)BuildLayout);
        builder.CloseComponent();
    }

    private void BuildLayout(RenderTreeBuilder builder)
    {
        if (Component.GetCustomAttribute<LayoutAttribute>()?.LayoutType is not { } layout)
        {
            BuildComponent(builder);
            return;
        }
        builder.OpenComponent<LayoutView>(0);
        builder.AddComponentParameter(1, nameof(LayoutView.Layout), layout);
        builder.AddComponentParameter(2, nameof(LayoutView.ChildContent), (RenderFragment)BuildComponent);
        builder.CloseComponent();
    }

    private void BuildComponent(RenderTreeBuilder builder)
    {
        builder.OpenComponent(0, Component);
        foreach (var (name, value) in Values)
            builder.AddComponentParameter(1, name, value);
        builder.CloseComponent();
    }
}
