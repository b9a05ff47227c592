namespace SmtpTransport.Outbox;

/// <summary>What has become of the emails of a call: rows to store, or the reasons for which none is stored. Not thread-safe.</summary>
internal sealed class CreatedRows
{
    private readonly List<(EmailRow Row, SplitMessage Message)> _rows = [];
    private readonly List<EnqueueError> _errors = [];
    private Exception? _inner;

    /// <summary>The number of emails.</summary>
    public int Count { get; private set; }

    public IReadOnlyList<(EmailRow Row, SplitMessage Message)> Rows => _rows;

    public IReadOnlyList<EnqueueError> Errors => _errors;

    public void Add(EmailRow row, SplitMessage message)
    {
        Count++;
        // Nothing is stored any more: the message need not be kept.
        if (_errors.Count == 0)
            _rows.Add((row, message));
    }

    /// <param name="errors">What is wrong with the next email, with the property.</param>
    /// <param name="inner">What it has thrown, if anything.</param>
    public void AddErrors(IEnumerable<(string Property, string Message)> errors, Exception? inner)
    {
        _errors.AddRange(errors.Select(e => new EnqueueError(Count, e.Property, e.Message)));
        _inner ??= inner;
        _rows.Clear();
        Count++;
    }

    public EnqueueException ToException() => new(_errors, Count, _inner);
}
