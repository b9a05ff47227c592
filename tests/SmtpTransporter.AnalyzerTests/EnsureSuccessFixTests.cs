using SmtpTransport.Analyzers;
using SmtpTransport.Analyzers.CodeFixes;
using Xunit;

namespace SmtpTransport.AnalyzerTests;

/// <summary>The fix of SMTP001.</summary>
public sealed class EnsureSuccessFixTests
{
    [Theory]
    [InlineData("[|transporter.Send(email)|];", "transporter.Send(email).EnsureSuccess();")]
    [InlineData("[|await transporter.SendAsync(email)|];", "(await transporter.SendAsync(email)).EnsureSuccess();")]
    [InlineData(
        "[|await transporter.SendAsync(email).ConfigureAwait(false)|]; // now",
        "(await transporter.SendAsync(email).ConfigureAwait(false)).EnsureSuccess(); // now")]
    public Task It_throws_if_the_email_was_not_sent(string statements, string expected) =>
        Verify.FixAsync<DroppedResultAnalyzer, EnsureSuccessFixProvider>(statements, expected);

    [Fact]
    public Task A_task_that_no_one_awaits_is_left() => Verify.FixAsync<DroppedResultAnalyzer, EnsureSuccessFixProvider>(
        "[|transporter.SendAsync(email)|];", "[|transporter.SendAsync(email)|];");
}
