namespace SmtpTransport.Templates;

/// <summary>A template is missing or not valid, or refers to something that does not exist.</summary>
/// <remarks>The message names the template, the line and the names that may have been meant.</remarks>
public sealed class EmailTemplateException : Exception
{
    internal EmailTemplateException(string template, int? line, string problem, Exception? inner = null)
        : base($"{template}{(line is null ? "" : FormattableString.Invariant($", line {line}"))}: {problem}", inner)
    {
        Template = template;
        Line = line;
    }

    /// <summary>The file of the template below its folder, such as <c>welcome.de.liquid</c>, or the name of the component.</summary>
    public string Template { get; }

    /// <summary>The line in the file, counted from 1; null if it is not known, as for components.</summary>
    public int? Line { get; }
}
