using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace SmtpTransport.Templates;

/// <summary>
/// What every mail client but Outlook on Windows reads: <c>&lt;!--[if !mso]&gt;&lt;!--&gt; … &lt;!--&lt;![endif]--&gt;</c>, of which the
/// Razor compiler would leave half.
/// </summary>
public sealed class NotMso : ComponentBase
{
    /// <summary>What the others read. Default: nothing.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    /// <inheritdoc/>
    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddMarkupContent(0, "<!--[if !mso]><!-->");
        builder.AddContent(1, ChildContent);
        builder.AddMarkupContent(2, "<!--<![endif]-->");
    }
}
