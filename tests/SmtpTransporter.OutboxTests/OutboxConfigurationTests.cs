using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Outboxes that are configured by a section of the configuration.</summary>
public sealed class OutboxConfigurationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void All_settings_are_read()
    {
        var options = Read(
            ("Outbox:ConnectionString", "Host=db;Database=shop"),
            ("Outbox:Provider", "postgres"),
            ("Outbox:EnableWorker", "false"),
            ("Outbox:MaxConcurrency", "7"),
            ("Outbox:InitialRetryDelay", "90"),
            ("Outbox:MaxRetryDelay", "02:00:00"),
            ("Outbox:RetryJitter", "0.5"),
            ("Outbox:ExpireAfter", "3.00:00:00"),
            ("Outbox:OnUnknownDelay", "00:05:00"),
            ("Outbox:RetentionPeriod", "20.00:00:00"),
            ("Outbox:KeepMessageFor", "1.00:00:00"),
            ("Outbox:EncryptAtRest", "True"),
            ("Outbox:HeaderCharset", "US-ASCII_UTF8_B64"),
            ("Outbox:BodyCharset", "US-ASCII_UTF8_B64"),
            ("Outbox:DegradedAfter", "60"),
            ("Outbox:SuppressAfter", "hardbounce, Complaint"),
            ("Outbox:TablePrefix", "mail"),
            ("Outbox:Schema", "shop"),
            ("Outbox:Limits:0:Emails", "14"),
            ("Outbox:Limits:0:Per", "1"),
            ("Outbox:Limits:1:Transporter", "newsletter"),
            ("Outbox:Limits:1:Lane", "tenant-17"),
            ("Outbox:Limits:1:Concurrency", "3"),
            ("outbox:unused", ""));

        Assert.Equal(
            (false, 7, TimeSpan.FromSeconds(90), TimeSpan.FromHours(2), 0.5, TimeSpan.FromDays(3)),
            (options.EnableWorker, options.MaxConcurrency, options.InitialRetryDelay, options.MaxRetryDelay, options.RetryJitter,
                options.ExpireAfter));
        Assert.Equal(
            (TimeSpan.FromMinutes(5), TimeSpan.FromDays(20), TimeSpan.FromDays(1), true, TimeSpan.FromMinutes(1), "mail", "shop"),
            (options.OnUnknownDelay, options.RetentionPeriod, options.KeepMessageFor, options.EncryptAtRest, options.DegradedAfter,
                options.TablePrefix, options.Schema));
        Assert.Equal([SuppressionReason.HardBounce, SuppressionReason.Complaint], options.SuppressAfter);
        Assert.NotEqual(MailMode.Utf8, options.HeaderCharset);
        Assert.NotEqual(MailMode.Utf8, options.BodyCharset);
        Assert.Equal("the tables shop.mail_… in db:5432/shop", options.Place);
        Assert.Equal(TimeSpan.FromSeconds(1) / 14, Assert.Single(options.Limits.FindIntervals("", "any")).Interval);
        Assert.Equal([("tenant-17", 3)], options.Limits.FindConcurrency("newsletter", "tenant-17"));
    }

    [Fact]
    public void Each_option_that_a_text_can_hold_is_a_setting()
    {
        var names = typeof(OutboxOptions).GetProperties()
            .Where(p => !typeof(Delegate).IsAssignableFrom(p.PropertyType)).Select(p => p.Name);

        Assert.Equal(names.Order(StringComparer.Ordinal), OutboxSetting.All.Select(s => s.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void All_errors_are_told_at_once()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => Read(
            ("Outbox:ConnectionString", "Shop"),
            ("Outbox:MaxConcurency", "7"),
            ("Outbox:MaxConcurrency", "1000"),
            ("Outbox:ExpireAfter", "two days"),
            ("Outbox:SuppressAfter", "Complaint, 1"),
            ("Outbox:Limits:0:Emails", "14"),
            ("Outbox:Limits:1:Emails", "none"),
            ("Outbox:Limits:1:Rate", "1"),
            ("Outbox:Limits:2:Emails", "1"),
            ("Outbox:Limits:2:Per", "40.00:00:00")));

        foreach (var text in (string[])[
            "The configuration \"Outbox\" of the outbox is not valid:\n",
            "Outbox:ConnectionString: there is no connection string \"Shop\". Set ConnectionStrings:Shop",
            "Outbox:MaxConcurency: the key is unknown; known are BodyCharset, ",
            "Outbox:MaxConcurrency: MaxConcurrency is 1000; allowed: 1 to 100.",
            "Outbox:ExpireAfter: the value is \"two days\"; allowed: a number of seconds",
            "Outbox:SuppressAfter: the value is \"Complaint, 1\"; allowed: HardBounce, Complaint and Unsubscribe",
            "Outbox:Limits:0: it needs Emails and Per",
            "Outbox:Limits:1:Emails: the value is \"none\"",
            "Outbox:Limits:1:Rate: the key is unknown",
            "Outbox:Limits:2: The period for 1 emails"])
        {
            Assert.Contains(text, exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Quotas_are_settings()
    {
        var limits = Read(
            ("Outbox:ConnectionString", "Data Source=a.db"),
            ("Outbox:Limits:0:Preset", "microsoft365account"),
            ("Outbox:Limits:0:Quota", "shop"),
            ("Outbox:Limits:0:Reserve", "0.1"),
            ("Outbox:Limits:1:Quota", "own"),
            ("Outbox:Limits:1:ExternalRecipients", "7"),
            ("Outbox:Limits:1:OwnDomains", "a.example, b.example"),
            ("Outbox:Limits:1:Per", "1:00:00"),
            ("Outbox:Limits:1:Lane", "tenant"),
            ("Outbox:Limits:2:Preset", "Microsoft365Tenant"),
            ("Outbox:Limits:2:Quota", "contoso"),
            ("Outbox:Limits:2:Licenses", "1"),
            ("Outbox:Limits:2:Transporter", "news"),
            ("Outbox:Limits:3:Preset", "AmazonSes"),
            ("Outbox:Limits:3:Quota", "ses"),
            ("Outbox:Limits:3:Recipients", "200"),
            ("Outbox:Limits:3:Transporter", "ses")).Limits;

        Assert.Equal(
            ["own", "shop (minute)", "shop (day)"], limits.FindQuotas("", "tenant").Select(q => q.Name));
        Assert.Equal(27, limits.FindQuotas("", null).First().GetLimit(OutboxPriority.Normal));
        Assert.Equal(["a.example", "b.example"], limits.FindQuotas("", "tenant").First().OwnDomains);
        Assert.Equal(10_000, Assert.Single(limits.FindQuotas("news", null)).Maximum);
        Assert.Equal("\"ses\" (200 recipients in 1 day)", Assert.Single(limits.FindQuotas("ses", null)).ToString());
    }

    [Theory]
    [InlineData("a quota needs Quota, its name.", "Recipients=3", "Per=60")]
    [InlineData("a quota needs Per, and one of Messages", "Quota=q", "Recipients=3")]
    [InlineData("a quota needs Per, and one of Messages", "Quota=q", "Recipients=3", "Messages=3", "Per=60")]
    [InlineData("The window of the quota \"q\" is 40.00:00:00", "Quota=q", "Recipients=3", "Per=40.00:00:00")]
    [InlineData("the preset \"Office\" is unknown; known are AmazonSes", "Quota=q", "Preset=Office")]
    [InlineData("the preset Gmail needs Messages, and no Per.", "Quota=q", "Preset=Gmail")]
    [InlineData("a quota has neither Emails nor Concurrency", "Quota=q", "Recipients=3", "Per=60", "Emails=3")]
    [InlineData("Reserve: the value is \"x\"; allowed: 0 to 0.9.", "Quota=q", "Recipients=3", "Per=60", "Reserve=x")]
    [InlineData("The reserve of the quota \"q\" is 0.95", "Quota=q", "Recipients=30", "Per=60", "Reserve=0.95")]
    public void A_quota_that_is_not_valid_is_told(string expected, params string[] settings)
    {
        var exception = Assert.Throws<InvalidOperationException>(() => Read(
        [
            ("Outbox:ConnectionString", "Data Source=a.db"),
            .. settings.Select(s => ($"Outbox:Limits:0:{s.Split('=')[0]}", s.Split('=')[1])),
        ]));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Contains("Outbox:Limits:0", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Outbox:ConnectionString", "Host=db;Passwort=4711", "is not a valid connection string")]
    [InlineData("Outbox:ConnectionString", "Passwort=4711", "needs Host=… (PostgreSQL)")]
    [InlineData("Outbox:ConnectionString", "Data Source=:memory:;Password=4711", "names no file")]
    [InlineData("Outbox:Provider", "Oracle", "There is no database: set Outbox:ConnectionString (in the environment Outbox__Connection")]
    public void An_error_of_the_database_does_not_show_the_connection_string(string key, string value, string expected)
    {
        var exception = Assert.Throws<InvalidOperationException>(() => Read((key, value)));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("4711", exception.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ConnectionStrings:Outbox", "Data Source=a.db", "/a.db")]
    [InlineData("ConnectionStrings:Outbox", "Server=db;Database=shop", "in db:3306/shop")]
    public void The_connection_string_of_the_same_name_is_used(string key, string value, string place) =>
        Assert.EndsWith(place, Read((key, value)).Place, StringComparison.Ordinal);

    [Fact]
    public void Another_connection_string_is_used_by_its_name_and_code_adds_what_a_configuration_cannot_hold()
    {
        using var provider = CreateProvider(
            services => services.AddSmtpOutbox(
                (_, options) => options.OnUnknown = (_, _) => new(UnknownDecision.Park), section: "Mail:Outbox"),
            ("Mail:Outbox:ConnectionString", "Shop"), ("ConnectionStrings:Shop", "Data Source=b.db"));

        var options = provider.GetRequiredService<OutboxOptions>();

        Assert.EndsWith("/b.db", options.Place, StringComparison.Ordinal);
        Assert.NotNull(options.OnUnknown);
    }

    [Fact]
    public async Task Invalid_settings_of_all_outboxes_stop_the_start()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["Outbox:MaxConcurrency"] = "0";
        builder.Configuration["News:ConnectionString"] = "Nothing";
        builder.Services.AddSmtpTransporter(_ => new ServerOptions { Host = "127.0.0.1" });
        builder.Services.AddSmtpOutbox().AddKeyedSmtpOutbox("news", "News");
        using var host = builder.Build();

        var exception = await Record.ExceptionAsync(() => host.StartAsync(Cancellation));

        Assert.Contains("Outbox:MaxConcurrency: MaxConcurrency is 0", exception!.ToString(), StringComparison.Ordinal);
        Assert.Contains("There is no database: set Outbox:ConnectionString", exception.ToString(), StringComparison.Ordinal);
        Assert.Contains("there is no connection string \"Nothing\"", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_string_is_no_section()
    {
        var exception = Assert.Throws<ArgumentException>(
            () => new ServiceCollection().AddKeyedSmtpOutbox("news", "Data Source=news.db"));

        Assert.Contains("UseSqlite", exception.Message, StringComparison.Ordinal);
    }

    private static OutboxOptions Read(params (string Key, string Value)[] settings)
    {
        using var provider = CreateProvider(services => services.AddSmtpOutbox(), settings);
        return provider.GetRequiredService<OutboxOptions>();
    }

    private static ServiceProvider CreateProvider(Action<IServiceCollection> add, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>(s.Key, s.Value))).Build();
        var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration);
        add(services);
        return services.BuildServiceProvider();
    }
}
