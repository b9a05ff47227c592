using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.DependencyInjection;

public sealed class InjectionTests : HostTest
{
    private static readonly SmtpTestServerOptions Clear = new() { Tls = SmtpTestTlsMode.None };

    [Fact]
    public async Task Options_can_come_from_a_section()
    {
        await using var server = SmtpTestServer.Start(Clear);
        var log = new LogBook();
        using var host = Host(
            s => s.AddSmtpTransporter().AddLogging(l => l.SetMinimumLevel(LogLevel.Debug).AddProvider(log)), SettingsOf(server));
        await host.StartAsync(Cancellation);

        var result = await host.Services.GetRequiredService<ISmtpTransporter>().SendAsync(NewEmail(), Cancellation);

        Assert.True(result.Success, result.ToString());
        Assert.Contains(log.Entries, e => e.Level == LogLevel.Debug && e.Text.Contains(result.MessageId, StringComparison.Ordinal));
        await host.StopAsync(Cancellation);
    }

    [Theory]
    [InlineData("Endpoint=smtp://localhost:{0};AcceptUnsecureConnection=true")]
    [InlineData("smtp://localhost:{0}?acceptUnsecureConnection=true")]
    public async Task Options_can_come_from_a_connection_string(string text)
    {
        await using var server = SmtpTestServer.Start(Clear);
        using var host = Host(s => s.AddSmtpTransporter("mailpit"), ("ConnectionStrings:mailpit", string.Format(null, text, server.Port)));
        await host.StartAsync(Cancellation);

        Assert.True((await host.Services.GetRequiredService<ISmtpTransporter>().SendAsync(NewEmail(), Cancellation)).Success);
    }

    [Fact]
    public async Task Handlers_act_on_all_transporters_or_on_that_of_their_key()
    {
        await using var server = SmtpTestServer.Start(Clear);
        using var host = Host(
            s => s.AddSmtpTransporter().AddKeyedSmtpTransporter("news", "News").AddSingleton<List<string>>()
                .AddSmtpHandler<ForNews>("news").AddSmtpHandler<ForAll>(),
            [.. SettingsOf(server), .. SettingsOf(server, "News")]);
        await host.StartAsync(Cancellation);
        var calls = host.Services.GetRequiredService<List<string>>();
        var registry = host.Services.GetRequiredService<ISmtpTransporterRegistry>();

        await SendAsync(host.Services.GetRequiredService<ISmtpTransporter>(), "ForAll");
        await SendAsync(host.Services.GetRequiredKeyedService<ISmtpTransporter>("news"), "ForNews", "ForAll");
        await SendAsync(registry.GetOrAdd("customer", () => server.ToServerOptions()), "ForAll");

        async Task SendAsync(ISmtpTransporter transporter, params string[] expected)
        {
            Assert.True((await transporter.SendAsync(NewEmail(), Cancellation)).Success);
            Assert.Equal(expected, calls);
            calls.Clear();
        }
    }

    private sealed class ForAll(List<string> calls) : SendHandler
    {
        public override void OnSent(SendRequest request, SendResult result) => calls.Add(nameof(ForAll));
    }

    private sealed class ForNews(List<string> calls) : SendHandler
    {
        public override void OnSent(SendRequest request, SendResult result) => calls.Add(nameof(ForNews));
    }

    [Theory]
    [InlineData("Smtp:Prot", "25", "Smtp:Prot", "unknown")]
    [InlineData("Smtp:Port", "70000", "Smtp:Port", "1 to 65535")]
    [InlineData("Smtp:Dkim:Domian", "x", "Smtp:Dkim:Domian", "unknown")]
    [InlineData("Smtp:Host", "", "Smtp:Host", "host name")]
    [InlineData("ConnectionStrings:Smtp", "http://x", "ConnectionStrings:Smtp", "smtp://")]
    [InlineData("Smtp:LogFile", "/proc/none/x", "LogFile", "")]
    public async Task Invalid_settings_stop_the_start_and_the_error_names_the_key(string key, string value, string named, string why)
    {
        (string Key, string? Value)[] valid = [("Smtp:Host", "localhost"), ("Smtp:User", "me"), ("Smtp:Password", "hush-hush")];
        using var host = Host(s => s.AddSmtpTransporter(), [.. valid.Where(s => s.Key != key), (key, value)]);

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(Cancellation));

        Assert.Contains(named, exception.Message);
        Assert.Contains(why, exception.Message);
        Assert.DoesNotContain("hush-hush", exception.ToString());
    }

    [Fact]
    public async Task Missing_settings_stop_the_start()
    {
        using var host = Host(s => s.AddSmtpTransporter());

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(Cancellation));

        Assert.Contains("Smtp:Host", exception.Message);
    }

    [Fact]
    public async Task Disposing_a_transporter_that_the_application_shares_has_no_effect()
    {
        await using var server = SmtpTestServer.Start(Clear);
        using var host = Host(
            s => s.AddSmtpTransporter().AddKeyedSmtpTransporter("news", _ => server.ToServerOptions()), SettingsOf(server));
        await host.StartAsync(Cancellation);
        var registry = host.Services.GetRequiredService<ISmtpTransporterRegistry>();
        Func<ISmtpTransporter>[] all =
        [
            host.Services.GetRequiredService<ISmtpTransporter>,
            () => host.Services.GetRequiredKeyedService<ISmtpTransporter>("news"),
            () => registry.Get("news"),
            () => registry.GetOrAdd("tenant", server.ToServerOptions),
            () => registry.Get("tenant"),
        ];

        foreach (var get in all)
        {
            using (var once = get())
                Assert.True((await once.SendAsync(NewEmail(), Cancellation)).Success);
            await using (var twice = get())
                Assert.True((await twice.SendAsync(NewEmail(), Cancellation)).Success);
        }
        using (var scope = host.Services.CreateScope())
            Assert.NotNull(scope.ServiceProvider.GetRequiredService<ISmtpTransporter>());

        var kept = all.Select(get => get()).ToList();
        Assert.All(kept, transporter => Assert.True(transporter.Send(NewEmail(), Cancellation).Success));
        host.Dispose();
        Assert.All(kept, transporter => Assert.Throws<ObjectDisposedException>(() => transporter.Send(NewEmail(), Cancellation)));
    }

    [Fact]
    public async Task Code_can_set_what_a_configuration_cannot_hold()
    {
        await using var server = SmtpTestServer.Start(new() { AccessToken = "t1" });
        var tokens = new Moq.Mock<IAccessTokenProvider>();
        tokens.Setup(t => t.GetTokenAsync(Moq.It.IsAny<bool>(), Moq.It.IsAny<CancellationToken>()))
            .Returns(new ValueTask<AccessToken>(new AccessToken("t1")));
        using var host = Host(
            s => s.AddSmtpTransporter("Smtp", (_, o) => o with
            {
                User = "me@example.com",
                AccessTokenProvider = tokens.Object,
                TrustedCertificates = [server.Certificate!],
            }),
            ("Smtp:Host", "localhost"), ("Smtp:Port", $"{server.Port}"));
        await host.StartAsync(Cancellation);

        Assert.True((await host.Services.GetRequiredService<ISmtpTransporter>().SendAsync(NewEmail(), Cancellation)).Success);
        Assert.Equal("me@example.com", server.Messages[0].AuthenticatedUser);
    }

    [Fact]
    public async Task Several_transporters_are_found_by_their_keys()
    {
        await using var one = SmtpTestServer.Start(Clear);
        await using var two = SmtpTestServer.Start(Clear);
        await using var three = SmtpTestServer.Start(Clear);
        using var host = Host(
            s => s.AddSmtpTransporter().AddKeyedSmtpTransporter("newsletter", "Newsletter")
                .AddKeyedSmtpTransporter("code", _ => three.ToServerOptions()),
            [.. SettingsOf(one), .. SettingsOf(two, "Newsletter")]);
        await host.StartAsync(Cancellation);

        await host.Services.GetRequiredService<ISmtpTransporter>().SendAsync(NewEmail(), Cancellation);
        await host.Services.GetRequiredKeyedService<ISmtpTransporter>("newsletter").SendAsync(NewEmail(), Cancellation);
        await host.Services.GetRequiredService<ISmtpTransporterRegistry>().Get("code").SendAsync(NewEmail(), Cancellation);

        Assert.Equal((1, 1, 1), (one.Messages.Count, two.Messages.Count, three.Messages.Count));
    }

    [Fact]
    public async Task Transporters_can_be_created_and_removed_at_run_time()
    {
        await using var server = SmtpTestServer.Start(Clear);
        var host = Host(s => s.AddSmtpTransporter(), SettingsOf(server));
        var transporters = host.Services.GetRequiredService<ISmtpTransporterRegistry>();

        var tenant = transporters.GetOrAdd("tenant-1", server.ToServerOptions);
        Assert.Same(tenant, transporters.GetOrAdd("tenant-1", () => throw new InvalidOperationException("The options are read twice.")));
        Assert.Same(tenant, transporters.Get("tenant-1"));
        Assert.True((await tenant.SendAsync(NewEmail(), Cancellation)).Success);
        Assert.True(transporters.Remove("tenant-1"));
        Assert.False(transporters.Remove("tenant-1"));
        Assert.Throws<InvalidOperationException>(() => transporters.Get("tenant-1"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => tenant.SendAsync(NewEmail(), Cancellation));
        Assert.Throws<ArgumentException>(() => transporters.GetOrAdd("wrong", () => new ServerOptions()));
        var second = transporters.GetOrAdd("tenant-2", server.ToServerOptions);
        host.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => second.SendAsync(NewEmail(), Cancellation));
    }

    [Fact]
    public async Task The_registry_finds_every_transporter_by_its_name()
    {
        await using var server = SmtpTestServer.Start(Clear);
        using var host = Host(s => s.AddKeyedSmtpTransporter("newsletter", "Newsletter"), SettingsOf(server, "Newsletter"));
        var registry = host.Services.GetRequiredService<ISmtpTransporterRegistry>();
        var tenant = registry.GetOrAdd("tenant", server.ToServerOptions);

        Assert.True(registry.TryGet("newsletter", out var newsletter));
        Assert.Same(host.Services.GetRequiredKeyedService<ISmtpTransporter>("newsletter"), newsletter);
        Assert.True(registry.TryGet("tenant", out var found));
        Assert.Same(tenant, found);
        Assert.False(registry.TryGet("Tenant", out var missing));
        Assert.Null(missing);
        Assert.Throws<ArgumentNullException>(() => registry.TryGet(null!, out _));
    }

    [Fact]
    public async Task RemoveAsync_ends_the_sends_in_progress_with_results()
    {
        await using var server = SmtpTestServer.Start(Clear);
        var gate = new TaskCompletionSource();
        var held = server.Script.On(SmtpStep.MailFrom).WaitFor(gate.Task);
        using var host = Host(s => s.AddSmtpTransporter(), SettingsOf(server));
        var registry = host.Services.GetRequiredService<ISmtpTransporterRegistry>();
        // Without chunks, the message is not transmitted before the server has accepted the sender.
        var tenant = registry.GetOrAdd("tenant", () => server.ToServerOptions() with { Chunking = ChunkingMode.Never });

        var inProgress = tenant.SendAsync(NewEmail(), Cancellation);
        await held.Reached.WaitAsync(Cancellation);
        var removed = await registry.RemoveAsync("tenant");
        var result = await inProgress;
        gate.SetResult();

        Assert.True(removed);
        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.False(registry.TryGet("tenant", out _));
        Assert.False(await registry.RemoveAsync("tenant"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => tenant.SendAsync(NewEmail(), Cancellation));
    }

    [Fact]
    public async Task A_changed_client_secret_is_a_change_of_the_configuration()
    {
        var log = new LogBook();
        using var host = Host(
            s => s.AddSmtpTransporter().AddLogging(l => l.AddProvider(log)),
            ("Smtp:Host", "localhost"), ("Smtp:User", "me@example.com"), ("Smtp:OAuth:TokenEndpoint", "https://login.example/token"),
            ("Smtp:OAuth:ClientId", "id"), ("Smtp:OAuth:ClientSecret", "old-secret"));
        await host.StartAsync(Cancellation);

        Change(host, "Other", "1");
        Assert.DoesNotContain(log.Entries, e => e.Text.Contains("have changed", StringComparison.Ordinal));
        Change(host, "Smtp:OAuth:ClientSecret", "new-secret");

        var entry = Assert.Single(log.Entries, e => e.Text.Contains("have changed", StringComparison.Ordinal));
        Assert.DoesNotContain("secret", entry.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_of_the_configuration_applies_to_later_sends_and_loses_none_in_progress()
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

        var inProgress = transporter.SendAsync(NewEmail(), Cancellation);
        await arrived.Task.WaitAsync(Cancellation);
        Change(host, "Smtp:Port", $"{next.Port}");
        var later = await transporter.SendAsync(NewEmail(), Cancellation);
        gate.SetResult();

        Assert.True(later.Success, later.ToString());
        Assert.True((await inProgress).Success);
        Assert.Equal((1, 1), (old.Messages.Count, next.Messages.Count));
        // The old transporter is disposed when its last email has its result.
        await old.WaitForSessionEndAsync(0, Cancellation);
        Assert.True(old.Sessions[0].EndedWithQuit);
    }

    [Fact]
    public async Task Invalid_changes_are_logged_and_the_old_settings_stay()
    {
        await using var server = SmtpTestServer.Start(Clear);
        var log = new LogBook();
        using var host = Host(
            s => s.AddSmtpTransporter().AddLogging(l => l.SetMinimumLevel(LogLevel.Debug).AddProvider(log)), SettingsOf(server));
        await host.StartAsync(Cancellation);
        var transporter = host.Services.GetRequiredService<ISmtpTransporter>();

        Change(host, "Smtp:Port", "none");

        Assert.True((await transporter.SendAsync(NewEmail(), Cancellation)).Success);
        Assert.Contains(log.Entries, e => e.Level == LogLevel.Error && e.Text.Contains("Smtp:Port", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_change_of_another_section_keeps_the_connections()
    {
        await using var server = SmtpTestServer.Start(Clear);
        using var host = Host(s => s.AddSmtpTransporter(),
            [.. SettingsOf(server), ("Smtp:AllowedRecipients:0", "example.org"), ("Smtp:Dkim", null)]);
        var transporter = host.Services.GetRequiredService<ISmtpTransporter>();

        await transporter.SendAsync(NewEmail(), Cancellation);
        Change(host, "Other", "1");
        await transporter.SendAsync(NewEmail(), Cancellation);

        Assert.Single(server.Sessions);
    }

    [Fact]
    public async Task Every_operation_reaches_the_server()
    {
        await using var server = SmtpTestServer.Start(Clear);
        var host = Host(s => s.AddSmtpTransporter(), SettingsOf(server));
        var transporter = host.Services.GetRequiredService<ISmtpTransporter>();

        Assert.True(transporter.Send(NewEmail(), Cancellation).Success);
        Assert.True(transporter.Send(NewEmail().ToMimeMessage(), Cancellation).Success);
        Assert.True((await transporter.SendAsync(NewEmail().ToMimeMessage(), Cancellation)).Success);
        Assert.True(transporter.CheckConnection(Cancellation).Success);
        Assert.True((await transporter.CheckConnectionAsync(Cancellation)).Success);
        var items = new List<SendManyResult>();
        await foreach (var item in transporter.SendManyAsync([NewEmail(), NewEmail()], null, Cancellation))
            items.Add(item);
        await foreach (var item in transporter.SendManyAsync(Emails(), null, Cancellation))
            items.Add(item);
        Assert.Equal(3, items.Count(i => i.Result.Success));
        Assert.Equal(6, server.Messages.Count);
        host.Dispose();
        Assert.Throws<ObjectDisposedException>(() => transporter.Send(NewEmail(), Cancellation));

        static async IAsyncEnumerable<Email> Emails()
        {
            await Task.Yield();
            yield return NewEmail();
        }
    }

    private static void Change(IHost host, string key, string value)
    {
        var configuration = (IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>();
        configuration[key] = value;
        configuration.Reload();
    }
}
