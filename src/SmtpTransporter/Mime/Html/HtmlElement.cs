namespace SmtpTransport;

/// <summary>An element that is open while HTML is read.</summary>
/// <param name="name">In lower case.</param>
/// <param name="isHidden">Whether it and its content are not shown.</param>
internal sealed class HtmlElement(string name, bool isHidden)
{
    public string Name { get; } = name;

    public bool IsHidden { get; } = isHidden;

    /// <summary>Whether its beginning is in the text, so that its end belongs there too.</summary>
    public bool HasBegun { get; init; }

    /// <summary>The address of a link.</summary>
    public string? Address { get; init; }

    /// <summary>The length of the text when the element began.</summary>
    public int Start { get; init; }

    /// <summary>The number of the next item of a list; null in a list without numbers.</summary>
    public int? NextNumber { get; set; }
}
