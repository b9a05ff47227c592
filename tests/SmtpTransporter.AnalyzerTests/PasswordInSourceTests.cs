using SmtpTransport.Analyzers;
using Xunit;

namespace SmtpTransport.AnalyzerTests;

/// <summary>SMTP007.</summary>
public sealed class PasswordInSourceTests
{
    [Theory]
    [InlineData("""options = new() { Host = "smtp.example.com", User = "me", Password = [|"hunter2"|] };""")]
    [InlineData("""options = options with { Password = [|"hunter2"|] };""")]
    [InlineData("""
        const string Key = "hunter2";
        options = options with { Password = [|Key|] };
        """)]
    [InlineData("""options = options with { AccessTokenOAuth2 = [|"ya29.a0AfH6"|] };""")]
    [InlineData("""options = options with { CertificatePassword = [|"hunter2"|] };""")]
    [InlineData("""options = options with { Dkim = new() { Domain = "example.com", PrivateKey = [|"-----BEGIN PRIVATE KEY-----"|] } };""")]
    [InlineData("""options = ServerOptions.Parse([|"smtp://me:hunter2@smtp.example.com"|]);""")]
    [InlineData("""Log(ServerOptions.TryParse([|"smtps://me:pa%40ss@smtp.example.com"|], out var parsed));""")]
    public Task It_is_reported(string statements) => Verify.ReportsAsync<PasswordInSourceAnalyzer>(statements);

    [Theory]
    [InlineData("""options = options with { Password = Environment.GetEnvironmentVariable("SMTP_PASSWORD") };""")]
    [InlineData("options = options with { Password = Secret() };")]
    [InlineData("""options = options with { Password = "…" };""")]
    [InlineData("""options = options with { Password = "" };""")]
    [InlineData("options = options with { Password = null };")]
    [InlineData("""options = options with { Password = "<your password>" };""")]
    [InlineData("""options = options with { Password = "secret" };""")]
    [InlineData("""options = new() { Host = "localhost", User = "me", Password = "hunter2" };""")]
    [InlineData("""options = options with { User = "hunter2" };""")]
    [InlineData("""options = ServerOptions.Parse("smtp://smtp.example.com");""")]
    [InlineData("""options = ServerOptions.Parse("smtp://me:hunter2@localhost:2525");""")]
    [InlineData("""options = ServerOptions.Parse($"smtp://me:{Secret()}@smtp.example.com");""")]
    [InlineData("""options = ServerOptions.Parse("smtp://me@smtp.example.com");""")]
    [InlineData("""options = options with { Dkim = new() { PrivateKey = System.IO.File.ReadAllText("key.pem") } };""")]
    public Task It_is_not_reported(string statements) => Verify.IsSilentAsync<PasswordInSourceAnalyzer>(statements);

    [Fact]
    public Task A_test_may_do_it() => Verify.IsSilentInTestsAsync<PasswordInSourceAnalyzer>(
        """
        options = new() { Host = "smtp.example.com", User = "me", Password = [|"hunter2"|] };
        """);
}
