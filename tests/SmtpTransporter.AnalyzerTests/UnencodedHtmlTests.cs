using SmtpTransport.Analyzers;
using SmtpTransport.Analyzers.CodeFixes;
using Xunit;

namespace SmtpTransport.AnalyzerTests;

/// <summary>SMTP006.</summary>
public sealed class UnencodedHtmlTests
{
    [Theory]
    [InlineData("""email.HtmlBody = $"<p>Hello {[|name|]}</p>";""")]
    [InlineData("""email.HtmlBody = "<p>Hello " + [|name|] + "</p>";""")]
    [InlineData("""
        var message = new Email { HtmlBody = $"<p>{[|name|]}</p>" };
        Log(message);
        """)]
    [InlineData("""email.HtmlBody = string.Format("<p>{0}</p>", [|name|]);""")]
    [InlineData("""
        var html = $"<p>{[|name|]}</p>";
        email.HtmlBody = html;
        """)]
    [InlineData("""
        foreach (var n in names)
            email.HtmlBody += $"<li>{[|n|]}</li>";
        """)]
    [InlineData("""email.HtmlBody = $"<p>{[|options.Host|]}</p>";""")]
    [InlineData("""
        var title = name;
        email.HtmlBody = "<h1>" + [|title|] + "</h1>";
        """)]
    public Task It_is_reported(string statements) => Verify.ReportsAsync<UnencodedHtmlAnalyzer>(statements);

    [Theory]
    [InlineData("""email.HtmlBody = "<p>Hello</p>";""")]
    [InlineData("""email.HtmlBody = $"<p>{System.Net.WebUtility.HtmlEncode(name)}</p>";""")]
    [InlineData("""email.HtmlBody = $"<p>{Encode(name)}</p>";""")]
    [InlineData("""
        var encoded = Encode(name);
        email.HtmlBody = $"<p>{encoded}</p>";
        """)]
    [InlineData("""
        var safe = Encode(name);
        var greeting = safe;
        email.HtmlBody = $"<p>{greeting}</p>";
        """)]
    [InlineData("""email.HtmlBody = $"<p>{names.Count} new, on {DateTime.Today:d}</p>";""")]
    [InlineData("""
        const string Company = "Example";
        email.HtmlBody = $"<p>{Company}</p>";
        """)]
    [InlineData("""email.TextBody = $"<{name}>";""")]
    [InlineData("email.HtmlBody = name;")]
    [InlineData("""email.HtmlBody = $"{name}";""")]
    [InlineData("""email.Subject = $"<p>{name}</p>";""")]
    [InlineData("""
        name = Encode(name);
        email.HtmlBody = $"<p>{name}</p>";
        """)]
    [InlineData("""
        var confirmationLink = name;
        email.HtmlBody = $"<a href='{confirmationLink}'>Confirm</a>";
        """)]
    [InlineData("""
        var rows = string.Concat(names.Select(n => $"<li>{Encode(n)}</li>"));
        email.HtmlBody = $"<ul>{rows}</ul>";
        """)]
    [InlineData("""email.HtmlBody = $"<body>{email.HtmlBody}</body>";""")]
    [InlineData("""email.HtmlBody = $"<p>{Environment.NewLine}</p>";""")]
    public Task It_is_not_reported(string statements) => Verify.IsSilentAsync<UnencodedHtmlAnalyzer>(statements);

    [Fact]
    public Task A_test_may_do_it() => Verify.IsSilentInTestsAsync<UnencodedHtmlAnalyzer>(
        """
        email.HtmlBody = $"<p>Hello {[|name|]}</p>";
        """);

    [Fact]
    public Task The_fix_encodes_a_hole() => Verify.FixAsync<UnencodedHtmlAnalyzer, HtmlEncodeFixProvider>(
        """email.HtmlBody = $"<p>Hello {[|name|]}</p>";""",
        """email.HtmlBody = $"<p>Hello {System.Net.WebUtility.HtmlEncode(name)}</p>";""");

    [Fact]
    public Task The_fix_encodes_a_summand() => Verify.FixAsync<UnencodedHtmlAnalyzer, HtmlEncodeFixProvider>(
        """email.HtmlBody = "<p>" + [|name|] + "</p>";""",
        """email.HtmlBody = "<p>" + System.Net.WebUtility.HtmlEncode(name) + "</p>";""");
}
