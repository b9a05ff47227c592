using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace SmtpTransport.Templates;

/// <summary>
/// A link that unsubscribes, for which mail programs show a button as well: <c>List-Unsubscribe</c> (RFC 2369, section 3.2), and with an
/// https: address one-click unsubscription (RFC 8058).
/// </summary>
/// <example><c>&lt;Unsubscribe Url="@UnsubscribeUrl"&gt;Unsubscribe&lt;/Unsubscribe&gt;</c></example>
public sealed class Unsubscribe : ComponentBase
{
    /// <summary>An https: address that unsubscribes this recipient from this list on POST, or a mailto: address.</summary>
    [Parameter]
    [EditorRequired]
    public string Url { get; set; } = "";

    /// <summary>The content of the link. Default: "Unsubscribe".</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    /// <inheritdoc/>
    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.OpenElement(0, "a");
        builder.AddAttribute(1, "href", Url);
        builder.AddAttribute(2, "rel", EmailMarkup.Unsubscribe);
        if (ChildContent is null)
            builder.AddContent(3, "Unsubscribe");
        else
            builder.AddContent(4, ChildContent);
        builder.CloseElement();
    }
}
