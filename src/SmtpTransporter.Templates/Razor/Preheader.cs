using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace SmtpTransport.Templates;

/// <summary>
/// The text that a list of messages shows behind the subject, at the beginning of the body: hidden in the message itself, and left out of
/// the text body.
/// </summary>
/// <example><c>&lt;Preheader&gt;Your code is in it.&lt;/Preheader&gt;</c></example>
public sealed class Preheader : ComponentBase
{
    /// <summary>The text. Default: none.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    /// <inheritdoc/>
    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddMarkupContent(0, EmailMarkup.PreheaderStart);
        builder.AddContent(1, ChildContent);
        builder.AddMarkupContent(2, EmailMarkup.PreheaderEnd);
    }
}
