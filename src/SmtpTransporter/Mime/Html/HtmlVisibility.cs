using MimeKit.Text;

namespace SmtpTransport;

/// <summary>Whether an element of HTML is shown, as far as it says so itself: style sheets are not applied.</summary>
internal static class HtmlVisibility
{
    public static bool IsHidden(HtmlTagToken tag, string name)
    {
        var (hasOpen, style) = (false, "");
        foreach (var attribute in tag.Attributes)
        {
            if (attribute.Name.Equals("hidden", StringComparison.OrdinalIgnoreCase))
                return true;
            if (attribute.Name.Equals("open", StringComparison.OrdinalIgnoreCase))
                hasOpen = true;
            else if (style.Length == 0 && attribute.Name.Equals("style", StringComparison.OrdinalIgnoreCase))
                style = attribute.Value ?? "";
        }
        return name switch
        {
            "head" or "title" or "style" or "script" or "template" or "iframe" or "noembed" or "noframes" or "datalist" or "xml" => true,
            "dialog" when !hasOpen => true,
            _ => style.Length > 0 && HidesContent(style),
        };
    }

    private static bool HidesContent(string style)
    {
        var (isFlat, isCut) = (false, false);
        foreach (var declaration in style.ToLowerInvariant().Split(';'))
        {
            var colon = declaration.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
                continue;
            var value = declaration[(colon + 1)..].Split('!')[0].Trim();
            switch (declaration[..colon].Trim())
            {
                case "display" when value == "none":
                case "visibility" when value is "hidden" or "collapse":
                case "opacity" when value is "0" or "0.0" or "0%":
                    return true;
                case "height" or "max-height":
                    isFlat |= value is "0" or "0px" or "0%";
                    break;
                case "overflow":
                    isCut |= value == "hidden";
                    break;
            }
        }
        // The usual form of a preheader: a box without a height that cuts off its content.
        return isFlat && isCut;
    }
}
