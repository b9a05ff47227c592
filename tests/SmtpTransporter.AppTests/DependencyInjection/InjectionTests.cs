using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.DependencyInjection;

public class InjectionTests : HostTest
{
    private static readonly SmtpTestServerOptions Clear = new() { Tls = SmtpTestTlsMode.None };

    [Fact]
    public async Task A_section_is_all_that_is_needed()
    {
        await using var server = SmtpTestServer.Start(Clear);
        var log = new LogBook();
        using var host = Host(s => s.AddSmtpTransporter().AddLogging(l => l.AddProvider(log)), SettingsOf(server));
        await host.StartAsync(Cancellation);

        var result = await host.Services.GetRequiredService<ISmtpTransporter>().SendAsync(NewMail(), Cancellation);

        Assert.True(result.Success, result.ToString());
        Assert.Contains(log.Entries, e => e.Level == LogLevel.Information && e.Text.Contains(result.MessageId, StringComparison.Ordinal));
        await host.StopAsync(Cancellation);
    }

    [Theory]
    [InlineData("Endpoint=smtp://localhost:{0};AcceptUnsecureConnection=true")]
    [InlineData("smtp://localhost:{0}?acceptUnsecureConnection=true")]
    public async Task A_connection_string_is_too(string text)
    {
        await using var server = SmtpTestServer.Start(Clear);
        using var host = Host(s => s.AddSmtpTransporter("mailpit"), ("ConnectionStrings:mailpit", string.Format(null, text, server.Port)));
        await host.StartAsync(Cancellation);

        Assert.True((await host.Services.GetRequiredService<ISmtpTransporter>().SendAsync(NewMail(), Cancellation)).Success);
    }

    [Theory]
    [InlineData("Smtp:Prot", "25", "Smtp:Prot", "unknown")]
    [InlineData("Smtp:Port", "70000", "Smtp:Port", "1 to 65535")]
    [InlineData("Smtp:Dkim:Domian", "x", "Smtp:Dkim:Domian", "unknown")]
    [InlineData("Smtp:Host", "", "Smtp:Host", "host name")]
    [InlineData("ConnectionStrings:Smtp", "http://x", "\"Smtp\"", "smtp://")]
    [InlineData("Smtp:LogFile", "/proc/none/x", "LogFile", "")]
    public async Task What_is_wrong_stops_the_start_and_names_the_key(string key, string value, string named, string why)
    {
        using var host = Host(s => s.AddSmtpTransporter(), [.. new[] { ("Smtp:Host", "localhost"), ("Smtp:User", "me"), ("Smtp:Password", (string?)"hush-hush") }.Where(s => s.Item1 != key), (key, value)]);

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(Cancellation));

        Assert.Contains(named, exception.Message);
        Assert.Contains(why, exception.Message);
        Assert.DoesNotContain("hush-hush", exception.ToString());
    }

    [Fact]
    public async Task Nothing_configured_stops_the_start_too()
    {
        using var host = Host(s => s.AddSmtpTransporter());

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(Cancellation));

        Assert.Contains("Smtp:Host", exception.Message);
    }

    [Fact]
    public async Task Code_adds_what_a_configuration_cannot_hold()
    {
        await using var server = SmtpTestServer.Start(new() { AccessToken = "t1" });
        var tokens = new Moq.Mock<IAccessTokenProvider>();
        tokens.Setup(t => t.GetTokenAsync(Moq.It.IsAny<bool>(), Moq.It.IsAny<CancellationToken>())).Returns(new ValueTask<AccessToken>(new AccessToken("t1")));
        using var host = Host(
            s => s.AddSmtpTransporter("Smtp", (_, o) => o with { User = "me@example.com", AccessTokenProvider = tokens.Object, TrustedCertificates = [server.Certificate!] }),
            ("Smtp:Host", "localhost"), ("Smtp:Port", $"{server.Port}"));
        await host.StartAsync(Cancellation);

        Assert.True((await host.Services.GetRequiredService<ISmtpTransporter>().SendAsync(NewMail(), Cancellation)).Success);
        Assert.Equal("me@example.com", server.Messages[0].AuthenticatedUser);
    }

    [Fact]
    public async Task Several_transporters_have_keys()
    {
        await using var one = SmtpTestServer.Start(Clear);
        await using var two = SmtpTestServer.Start(Clear);
        await using var three = SmtpTestServer.Start(Clear);
        using var host = Host(
            s => s.AddSmtpTransporter().AddKeyedSmtpTransporter("newsletter", "Newsletter").AddKeyedSmtpTransporter("code", _ => three.ToServerOptions()),
            [.. SettingsOf(one), .. SettingsOf(two, "Newsletter")]);
        await host.StartAsync(Cancellation);

        await host.Services.GetRequiredService<ISmtpTransporter>().SendAsync(NewMail(), Cancellation);
        await host.Services.GetRequiredKeyedService<ISmtpTransporter>("newsletter").SendAsync(NewMail(), Cancellation);
        await host.Services.GetRequiredService<ISmtpTransporterRegistry>().Get("code").SendAsync(NewMail(), Cancellation);

        Assert.Equal((1, 1, 1), (one.Messages.Count, two.Messages.Count, three.Messages.Count));
    }

    [Fact]
    public async Task Transporters_can_be_made_and_removed_at_run_time()
    {
        await using var server = SmtpTestServer.Start(Clear);
        var host = Host(s => s.AddSmtpTransporter(), SettingsOf(server));
        var transporters = host.Services.GetRequiredService<ISmtpTransporterRegistry>();

        var tenant = transporters.GetOrAdd("tenant-1", server.ToServerOptions);
        Assert.Same(tenant, transporters.GetOrAdd("tenant-1", () => throw new InvalidOperationException("made twice")));
        Assert.Same(tenant, transporters.Get("tenant-1"));
        Assert.True((await tenant.SendAsync(NewMail(), Cancellation)).Success);
        Assert.True(transporters.Remove("tenant-1"));
        Assert.False(transporters.Remove("tenant-1"));
        Assert.Throws<InvalidOperationException>(() => transporters.Get("tenant-1"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => tenant.SendAsync(NewMail(), Cancellation));
        Assert.Throws<ArgumentException>(() => transporters.GetOrAdd("wrong", () => new ServerOptions()));
        var second = transporters.GetOrAdd("tenant-2", server.ToServerOptions);
        host.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => second.SendAsync(NewMail(), Cancellation));
    }

    [Fact]
    public async Task A_change_of_the_configuration_counts_for_later_mails_and_loses_none_under_way()
    {
        await using var old = SmtpTestServer.Start(Clear);
        await using var next = SmtpTestServer.Start(Clear);
        var arrived = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        old.Script.On(SmtpStep.MailFrom).Do(_ => arrived.TrySetResult());
        old.Script.On(SmtpStep.MailFrom).WaitFor(gate.Task);
        using var host = Host(s => s.AddSmtpTransporter(), SettingsOf(old));
        await host.StartAsync(Cancellation);
        var transporter = host.Services.GetRequiredService<ISmtpTransporter>();

        var underWay = transporter.SendAsync(NewMail(), Cancellation);
        await arrived.Task.WaitAsync(Cancellation);
        Change(host, "Smtp:Port", $"{next.Port}");
        var later = await transporter.SendAsync(NewMail(), Cancellation);
        gate.SetResult();

        Assert.True(later.Success, later.ToString());
        Assert.True((await underWay).Success);
        Assert.Equal((1, 1), (old.Messages.Count, next.Messages.Count));
        // The old one is closed when its last mail has its result.
        await old.WaitForSessionEndAsync(0, Cancellation);
        Assert.True(old.Sessions[0].EndedWithQuit);
    }

    [Fact]
    public async Task A_change_to_wrong_settings_is_logged_and_the_old_ones_stay()
    {
        await using var server = SmtpTestServer.Start(Clear);
        var log = new LogBook();
        using var host = Host(s => s.AddSmtpTransporter().AddLogging(l => l.AddProvider(log)), SettingsOf(server));
        await host.StartAsync(Cancellation);
        var transporter = host.Services.GetRequiredService<ISmtpTransporter>();

        Change(host, "Smtp:Port", "none");

        Assert.True((await transporter.SendAsync(NewMail(), Cancellation)).Success);
        Assert.Contains(log.Entries, e => e.Level == LogLevel.Error && e.Text.Contains("Smtp:Port", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_change_elsewhere_keeps_the_connections()
    {
        await using var server = SmtpTestServer.Start(Clear);
        using var host = Host(s => s.AddSmtpTransporter(), [.. SettingsOf(server), ("Smtp:AllowedRecipients:0", "example.org"), ("Smtp:Dkim", null)]);
        var transporter = host.Services.GetRequiredService<ISmtpTransporter>();

        await transporter.SendAsync(NewMail(), Cancellation);
        Change(host, "Other", "1");
        await transporter.SendAsync(NewMail(), Cancellation);

        Assert.Single(server.Sessions);
    }

    [Fact]
    public async Task Every_operation_reaches_the_server()
    {
        await using var server = SmtpTestServer.Start(Clear);
        var host = Host(s => s.AddSmtpTransporter(), SettingsOf(server));
        var transporter = host.Services.GetRequiredService<ISmtpTransporter>();

        Assert.True(transporter.Send(NewMail(), Cancellation).Success);
        Assert.True(transporter.Send(NewMail().ToMimeMessage(), Cancellation).Success);
        Assert.True((await transporter.SendAsync(NewMail().ToMimeMessage(), Cancellation)).Success);
        Assert.True(transporter.CheckConnection(Cancellation).Success);
        Assert.True((await transporter.CheckConnectionAsync(Cancellation)).Success);
        var items = new List<SendManyResult>();
        await foreach (var item in transporter.SendManyAsync([NewMail(), NewMail()], null, Cancellation))
            items.Add(item);
        await foreach (var item in transporter.SendManyAsync(Mails(), null, Cancellation))
            items.Add(item);
        Assert.Equal(3, items.Count(i => i.Result.Success));
        Assert.Equal(6, server.Messages.Count);
        host.Dispose();
        Assert.Throws<ObjectDisposedException>(() => transporter.Send(NewMail(), Cancellation));

        static async IAsyncEnumerable<Email> Mails()
        {
            await Task.Yield();
            yield return NewMail();
        }
    }

    private static void Change(IHost host, string key, string value)
    {
        var configuration = (IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>();
        configuration[key] = value;
        configuration.Reload();
    }
}
