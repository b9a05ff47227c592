using System.Globalization;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class SmtpServiceTests
{
    private const string Secret = "hush-hush";

    public static TheoryData<string> Names => [.. SmtpService.All.Select(s => s.Name)];

    private static string?[] RegionsOf(SmtpService service) =>
        service.Regions.Count == 0 ? [null] : [.. service.Regions];

    [Fact]
    public void The_services_that_applications_use_most_are_known()
    {
        string[] expected =
        [
            "azure", "brevo", "exchange-hve", "fastmail", "gmail", "gmx", "google-workspace-relay", "icloud", "ionos", "mailgun", "mailjet",
            "mailpit", "mailtrap", "microsoft365", "ovh", "postmark", "proton-bridge", "sendgrid", "ses", "smtp4dev", "sparkpost", "webde",
            "yahoo", "yandex", "zoho",
        ];

        Assert.Empty(expected.Except(SmtpService.All.Select(s => s.Name)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Options_of_a_service_are_valid_in_every_region(string name)
    {
        Assert.True(SmtpService.TryFind(name, out var service));
        Assert.All(RegionsOf(service), region =>
        {
            using var transporter = new SmtpTransporter(ServerOptions.ForService(name, region) with { User = "me", Password = Secret });

            Assert.True(transporter.Host.Contains('.', StringComparison.Ordinal) || transporter.Host == "localhost");
            Assert.Equal(service.Port, transporter.Port);
        });
    }

    [Fact]
    public void Names_and_aliases_are_unique_and_in_lower_case()
    {
        var names = SmtpService.All.SelectMany(s => s.Aliases.Prepend(s.Name)).ToList();

        Assert.Equal(names.Count, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        // A name is a part of a scheme (RFC 3986, section 3.1).
        Assert.All(names, n => Assert.Matches("^[a-z0-9][a-z0-9.-]*$", n));
        Assert.DoesNotContain(SmtpService.All.SelectMany(s => s.Regions), r => r == "default");
    }

    [Fact]
    public void Every_service_has_a_source_and_only_local_ones_are_in_clear_text() => Assert.All(SmtpService.All, service =>
    {
        Assert.Equal(("https", "https"), (service.Page.Scheme, service.Source.Scheme));
        Assert.InRange(service.CheckedOn, new DateOnly(2026, 11, 1), new DateOnly(2036, 1, 1));
        Assert.EndsWith(".", service.Credentials, StringComparison.Ordinal);
        Assert.Equal(service.Name is "mailpit" or "smtp4dev", service.IsClearText);
        Assert.Contains(service.Name, service.ToString(), StringComparison.Ordinal);
    });

    [Fact]
    public void A_region_selects_the_host()
    {
        Assert.Equal("email-smtp.eu-west-1.amazonaws.com", ServerOptions.ForService("ses", region: "eu-west-1").Host);
        Assert.Equal("email-smtp.eu-west-1.amazonaws.com", ServerOptions.ForService("Amazon-SES", "EU-West-1").Host);
        Assert.Equal("smtp.mailgun.org", ServerOptions.ForService("mailgun").Host);
        Assert.Equal("smtp.eu.mailgun.org", ServerOptions.ForService("mailgun", "eu").Host);
    }

    [Fact]
    public void Published_limits_only_lower_those_of_the_options()
    {
        Assert.Equal(3, ServerOptions.ForService("microsoft365").MaxConnections);
        Assert.Equal(new ServerOptions().MaxConnections, ServerOptions.ForService("sendgrid").MaxConnections);
        Assert.Equal(new ServerOptions().MaxMessagesPerConnection, ServerOptions.ForService("sendgrid").MaxMessagesPerConnection);
    }

    [Theory]
    [InlineData("gmial", null, "Service is \"gmial\"; allowed: a known name, perhaps gmail.")]
    [InlineData("office", null, "Service is \"office\"; allowed: a known name, perhaps office365.")]
    [InlineData("mailtrapp", null, "Service is \"mailtrapp\"; allowed: a known name, perhaps mailtrap.")]
    [InlineData("ses", "eu-wset-1", "Region is \"eu-wset-1\"; allowed: a known name, perhaps eu-west-1.")]
    [InlineData("ses", null, "Amazon SES needs a region; allowed: us-east-1, ")]
    [InlineData("gmail", "eu", "Gmail has no regions, but \"eu\" was given; omit it.")]
    [InlineData("mailgun", "mars", "Region is \"mars\"; allowed: us, eu.")]
    public void An_unknown_name_is_an_error_that_lists_near_ones(string name, string? region, string expected)
    {
        var error = Assert.Throws<ArgumentException>(() => ServerOptions.ForService(name, region));

        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_without_near_ones_is_an_error_that_lists_all()
    {
        var error = Assert.Throws<ArgumentException>(() => ServerOptions.ForService("xqzw"));

        Assert.All(SmtpService.All, s => Assert.Contains(s.Name, error.Message, StringComparison.Ordinal));
        Assert.Equal("Service", error.ParamName);
        Assert.Throws<ArgumentNullException>(() => ServerOptions.ForService(null!));
        Assert.False(SmtpService.TryFind(null, out _));
    }

    [Theory]
    [InlineData("smtp+ses://me:hush-hush@eu-west-1", "email-smtp.eu-west-1.amazonaws.com", 587, "me")]
    [InlineData("smtp+ses://me:hush-hush@eu-west-1:2465?implicitTls=true", "email-smtp.eu-west-1.amazonaws.com", 2465, "me")]
    [InlineData("SMTP+Gmail://me%40gmail.com:hush-hush@default?maxConnections=1", "smtp.gmail.com", 465, "me@gmail.com")]
    [InlineData("smtp+sendgrid://:hush-hush@default", "smtp.sendgrid.net", 587, "apikey")]
    [InlineData("smtp+web.de://me:hush-hush@default", "smtp.web.de", 465, "me")]
    public void A_url_names_the_service_in_its_scheme_and_the_region_as_its_host(string url, string host, int port, string user)
    {
        var options = ServerOptions.Parse(url);

        Assert.Equal((host, port, user, Secret), (options.Host, options.Port, options.User, options.Password));
    }

    [Fact]
    public void A_url_of_a_development_server_needs_no_user_and_no_more_options()
    {
        var options = ServerOptions.Parse("smtp+mailpit://default");

        Assert.Equal(("localhost", 1025, null, true), (options.Host, options.Port, options.User, options.AcceptUnsecureConnection));
        Assert.Equal(ServerOptions.ForService("mailpit"), options);
    }

    [Theory]
    [InlineData("smtp+gmial://me:hush-hush@default", "The URL cannot be used: Service is \"gmial\"; allowed: a known name, perhaps gmail.")]
    [InlineData("smtp+ses://me:hush-hush@default", "The URL cannot be used: Amazon SES needs a region; allowed: us-east-1, ")]
    [InlineData("smtp+gmail://me:hush-hush@smtp.gmail.com", "The URL cannot be used: Gmail has no regions, but \"smtp.g")]
    [InlineData("smtp+ses://hush-hush:1?2@eu-west-1", "The URL cannot be used: its service or its region is unknown.")]
    public void An_unknown_service_or_region_in_a_url_is_an_error_without_a_secret(string url, string expected)
    {
        var error = Assert.Throws<ArgumentException>(() => ServerOptions.Parse(url));

        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_name_the_service_and_explicit_settings_override_it()
    {
        var options = Read(("service", "ses"), ("REGION", "eu-west-1"), ("User", "me"), ("Password", Secret), ("Port", "2587"));
        var sendGrid = Read(("Service", "sendgrid"), ("Region", ""), ("Password", Secret));

        Assert.Equal(("email-smtp.eu-west-1.amazonaws.com", 2587, "me"), (options.Host, options.Port, options.User));
        Assert.Equal(("smtp.sendgrid.net", "apikey"), (sendGrid.Host, sendGrid.User));
        Assert.Equal("relay.example", Read(("Service", "mailpit"), ("Host", "relay.example")).Host);
        Assert.Equal("relay.example", Read(("Service", ""), ("Host", "relay.example")).Host);
    }

    [Theory]
    [InlineData("Service=gmial", "Service", "Service is \"gmial\"; allowed: a known name, perhaps gmail.")]
    [InlineData("Service=ses", "Region", "Amazon SES needs a region; ")]
    [InlineData("Region=eu-west-1,Host=h.example", "Region", "Region needs Service.")]
    [InlineData("Service=gmail,Url=smtp://h.example", "Service", "Service and Url exclude each other; allowed: one of them.")]
    public void Wrong_settings_of_a_service_are_errors_with_the_key(string settings, string key, string expected)
    {
        var pairs = settings.Split(',').Select(p => p.Split('=')).Select(p => KeyValuePair.Create(p[0], (string?)p[1]));

        Assert.False(ServerOptions.TryFromSettings(pairs, out _, out var error));
        Assert.Equal(key, error.Name);
        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_document_says_what_the_data_says(string name)
    {
        Assert.True(SmtpService.TryFind(name, out var service));
        var lines = File.ReadAllLines(Path.Combine(OptionsDocumentTests.FindRoot(), "docs", "services.md"));
        var settings = Cells(lines.Single(l => l.StartsWith($"| `{name}`", StringComparison.Ordinal) && Cells(l).Length == 6));
        var notes = Cells(lines.Single(l => l.StartsWith($"| `{name}`", StringComparison.Ordinal) && Cells(l).Length == 3));

        Assert.Equal(string.Join(", ", service.Aliases.Prepend(name).Select(n => $"`{n}`")), settings[0]);
        Assert.Equal($"[{service.Title}]({service.Page.OriginalString})", settings[1]);
        Assert.All(service.Regions, r => Assert.Contains($"`{r}`", settings[2], StringComparison.Ordinal));
        Assert.All(service.Hosts, h => Assert.True(
            settings[2].Contains($"`{h}`", StringComparison.Ordinal) || settings[2].Contains("REGION", StringComparison.Ordinal), h));
        Assert.Equal(service.Port.ToString(CultureInfo.InvariantCulture), settings[3]);
        Assert.Equal(service.IsClearText ? "none" : service.Port == 465 ? "implicit" : "STARTTLS", settings[4]);
        Assert.Equal(LimitsOf(service), settings[5]);
        Assert.Equal(service.Note is null ? service.Credentials : $"{service.Credentials} {service.Note}", notes[1]);
        Assert.Equal($"[source]({service.Source.OriginalString})", notes[2]);
    }

    private static string[] Cells(string line) => line.Trim('|').Split('|', StringSplitOptions.TrimEntries);

    private static string LimitsOf(SmtpService service)
    {
        string?[] limits =
        [
            Show(service.MaxConnections, "connections"), Show(service.MaxMessagesPerConnection, "messages a connection"),
            Show(service.MaxRecipients, "recipients"), Show(service.MaxMessageSize / 1024 / 1024, "MiB"), service.Rate,
        ];
        return string.Join(", ", limits.OfType<string>()) is { Length: > 0 } text ? text : "–";

        static string? Show(long? number, string unit) =>
            number is null ? null : string.Create(CultureInfo.InvariantCulture, $"{number:N0} {unit}");
    }

    private static ServerOptions Read(params (string Key, string? Value)[] settings) =>
        ServerOptions.FromSettings(settings.Select(s => KeyValuePair.Create(s.Key, s.Value)));
}
