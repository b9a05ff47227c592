using Fluid;
using Fluid.Ast;

namespace SmtpTransport.Tool;

/// <summary>
/// Finds what a Liquid template refers to, and what of it nothing defines: a misspelled column would be empty text in every email.
/// </summary>
internal sealed class TemplateNames : AstVisitor
{
    private readonly HashSet<string> _columns;
    private readonly FilterCollection _filters;

    // What the template itself defines, anywhere in it.
    private readonly HashSet<string> _defined = new(StringComparer.OrdinalIgnoreCase) { "forloop", "tablerowloop" };
    private readonly HashSet<string> _used = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _variables = [];
    private readonly List<string> _unknownFilters = [];

    private TemplateNames(IEnumerable<string> columns, FilterCollection filters)
    {
        _columns = new HashSet<string>(columns, StringComparer.OrdinalIgnoreCase);
        _filters = filters;
    }

    /// <returns>The columns that it refers to, and the unknown columns and filters as they are written, each once.</returns>
    public static (IReadOnlyCollection<string> Columns, IReadOnlyList<string> Unknown) Find(
        IFluidTemplate template, IEnumerable<string> columns, FilterCollection filters)
    {
        var names = new TemplateNames(columns, filters);
        names.VisitTemplate(template);
        var variables = names._variables.Where(name => !names._defined.Contains(name.Split('.')[0])).Select(name => $"{{{{ {name} }}}}");
        var unknown = variables.Concat(names._unknownFilters.Select(name => $"the filter \"{name}\"")).Distinct(StringComparer.Ordinal);
        return (names._used, [.. unknown]);
    }

    protected override Expression VisitMemberExpression(MemberExpression memberExpression)
    {
        var segments = memberExpression.Segments;
        if (segments.Count > 0 && segments[0] is IdentifierSegment first)
        {
            _used.Add(first.Identifier);
            // A column is text, whose only member is its size.
            if (!_columns.Contains(first.Identifier))
                _variables.Add(first.Identifier);
            else if (segments.Count > 1 && segments[1] is IdentifierSegment { Identifier: not "size" } member)
                _variables.Add($"{first.Identifier}.{member.Identifier}");
        }
        return base.VisitMemberExpression(memberExpression);
    }

    protected override Expression VisitFilterExpression(FilterExpression filterExpression)
    {
        if (!_filters.TryGetValue(filterExpression.Name, out _))
            _unknownFilters.Add(filterExpression.Name);
        return base.VisitFilterExpression(filterExpression);
    }

    protected override Statement VisitAssignStatement(AssignStatement assignStatement)
    {
        _defined.Add(assignStatement.Identifier);
        return base.VisitAssignStatement(assignStatement);
    }

    protected override Statement VisitCaptureStatement(CaptureStatement captureStatement)
    {
        _defined.Add(captureStatement.Identifier);
        return base.VisitCaptureStatement(captureStatement);
    }

    protected override Statement VisitForStatement(ForStatement forStatement)
    {
        _defined.Add(forStatement.Identifier);
        return base.VisitForStatement(forStatement);
    }

    protected override Statement VisitTableRowStatement(TableRowStatement tableRowStatement)
    {
        _defined.Add(tableRowStatement.Identifier);
        return base.VisitTableRowStatement(tableRowStatement);
    }

    protected override Statement VisitIncrementStatement(IncrementStatement incrementStatement)
    {
        _defined.Add(incrementStatement.Identifier);
        return base.VisitIncrementStatement(incrementStatement);
    }

    protected override Statement VisitDecrementStatement(DecrementStatement decrementStatement)
    {
        _defined.Add(decrementStatement.Identifier);
        return base.VisitDecrementStatement(decrementStatement);
    }
}
