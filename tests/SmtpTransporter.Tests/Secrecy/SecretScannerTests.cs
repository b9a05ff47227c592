using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests that the scanner finds each form of a secret, in the middle of a text and in any case.</summary>
public sealed class SecretScannerTests
{
    private const string User = "me@example.com";

    [Theory]
    [InlineData("Pw-7f3k\"ä&x", 14)]
    [InlineData("hunter2hunter2", 8)]
    public void Every_form_of_a_secret_is_found(string secret, int forms)
    {
        var scanner = new SecretScanner(User, secret);

        Assert.True(scanner.Forms.Count() >= forms);
        Assert.All(scanner.Forms, form => Assert.Contains(form.Value, scanner.Find($"535 5.7.8 no {form.Key}, sorry")));
        Assert.All(scanner.Forms, form => Assert.Contains(form.Value, scanner.Find(form.Key.ToUpperInvariant())));
        Assert.Empty(scanner.Find($"535 5.7.8 {User} is not known, and *** is no password"));
    }

    [Theory]
    [InlineData("Pw-7f3k\"ä&x", "reply")]
    [InlineData("bWVAZXhhbXBsZS5jb20=", "reply in base64")]
    [InlineData("me@example.com 5f4dcc3b5aa765d61d8327deb882cf99", "reply", "digest")]
    [InlineData("c=biws,r=abcdefgh,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "reply", "proof")]
    public void The_lines_of_an_authentication_are_found_if_they_are_known(string line, params string[] found)
    {
        var scanner = new SecretScanner(User, "another secret");
        var sent = found[0] == "reply in base64" ? line : Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(line));
        scanner.Learn(sent);

        Assert.Contains("reply in base64", scanner.Find($"S < 535 {sent}"));
        if (sent != line)
            Assert.Equal(found.Order(), scanner.Find($"S < 535 {line}").Order());
    }

    [Fact]
    public void Every_outlet_is_observed()
    {
        using var outlets = new Outlets();
        using var source = new System.Diagnostics.ActivitySource("SmtpTransport.Tests.Secrecy");
        using var meter = new System.Diagnostics.Metrics.Meter("SmtpTransport.Tests.Secrecy");
        using var listener = new System.Diagnostics.DiagnosticListener("SmtpTransport.Tests.Secrecy");

        Console.WriteLine("at the console");
        Console.Error.WriteLine("at the console's other end");
        System.Diagnostics.Trace.WriteLine("in a trace");
        using (var activity = source.StartActivity("an activity"))
            activity?.SetTag("tag", "with a tag").SetStatus(System.Diagnostics.ActivityStatusCode.Error, "with a status");
        meter.CreateCounter<long>("counter").Add(1, new KeyValuePair<string, object?>("tag", "of a meter"));
        listener.Write("diagnosed", new { Text = "for diagnosis" });
        TestEvents.Log.Report("by an event");
        Assert.Throws<InvalidOperationException>((Action)(() => throw new InvalidOperationException("thrown", new IOException("within"))));

        Assert.All(
            (string[])[
                "at the console", "other end", "in a trace", "an activity", "with a tag", "with a status", "of a meter", "for diagnosis",
                "by an event"],
            text => Assert.Contains(text, outlets.Written(), StringComparison.Ordinal));
        Assert.Contains("thrown", outlets.Thrown(), StringComparison.Ordinal);
        Assert.Contains("within", outlets.Thrown(), StringComparison.Ordinal);
    }

    [System.Diagnostics.Tracing.EventSource(Name = "SmtpTransport-Tests-Secrecy")]
    private sealed class TestEvents : System.Diagnostics.Tracing.EventSource
    {
        public static readonly TestEvents Log = new();

        [System.Diagnostics.Tracing.Event(1)]
        public void Report(string text) => WriteEvent(1, text);
    }
}
