namespace SmtpTransport.AppTests.Tool;

/// <summary>A screen that completes a task when the last line of the start of <c>serve</c> was written.</summary>
internal sealed class StartSignal(TaskCompletionSource started) : StringWriter
{
    public override void Write(string? value)
    {
        base.Write(value);
        if (ToString().Contains("Ctrl+C", StringComparison.Ordinal))
            started.TrySetResult();
    }

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));
}
