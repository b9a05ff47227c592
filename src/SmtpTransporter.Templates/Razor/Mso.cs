using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace SmtpTransport.Templates;

/// <summary>
/// What only Outlook on Windows reads: a conditional comment, <c>&lt;!--[if mso]&gt; … &lt;![endif]--&gt;</c>. The Razor compiler removes
/// comments, so they cannot be written in a component.
/// </summary>
/// <remarks>CSS is not written into attributes here, because the content is a comment for everything else.</remarks>
public sealed class Mso : ComponentBase
{
    /// <summary>The condition, such as <c>gte mso 9</c>. Default: <c>mso</c>.</summary>
    [Parameter]
    public string Condition { get; set; } = "mso";

    /// <summary>What Outlook reads. Default: nothing.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The condition could end the comment.</exception>
    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (Condition.AsSpan().ContainsAny("<>]-"))
            throw new InvalidOperationException($"The condition \"{Condition}\" is not valid; \"gte mso 9\" would be.");
        builder.AddMarkupContent(0, $"<!--[if {Condition}]>");
        builder.AddContent(1, ChildContent);
        builder.AddMarkupContent(2, "<![endif]-->");
    }
}
