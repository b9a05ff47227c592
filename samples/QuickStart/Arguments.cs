using System.CommandLine;
using SmtpTransport;

/// <summary>The command line: which server, and which email.</summary>
internal sealed record Arguments(string? Host, int Port, string? User, string From, string To, bool Unsecure)
{
    private const string PasswordVariable = "SMTP_PASSWORD";

    private static readonly Option<string?> HostOption = new("--host")
    {
        Description = "The server's name or IP address. Without it, the email goes to a server inside this program.",
    };

    private static readonly Option<int> PortOption = new("--port")
    {
        Description = "587 uses STARTTLS; 465 is TLS from the first byte.",
        DefaultValueFactory = _ => 587,
    };

    private static readonly Option<string?> UserOption = new("--user")
    {
        Description = $"Authenticates; the password is read from the environment variable {PasswordVariable}.",
    };

    private static readonly Option<string?> FromOption =
        new("--from") { Description = "The sender. Default: the user, if it is an address." };

    private static readonly Option<string?> ToOption = new("--to")
    {
        Description = "The recipients, separated by \",\" or \";\". Default: the sender.",
    };

    private static readonly Option<bool> UnsecureOption = new("--unsecure") { Description = "Accepts a server without TLS." };

    public static ParseResult Parse(string[] args)
    {
        var command = new RootCommand("Sends an email, and shows everything that is known about it.")
        {
            HostOption, PortOption, UserOption, FromOption, ToOption, UnsecureOption,
        };
        command.Validators.Add(result =>
        {
            if (args.Length == 0)
                return;
            if (result.GetResult(HostOption) is null)
                result.AddError("--host is missing.");
            else if (result.GetResult(FromOption) is null && result.GetResult(UserOption)?.Tokens.Any(t => t.Value.Contains('@')) != true)
                result.AddError("--from is missing, and --user is not an address.");
        });
        return command.Parse(args);
    }

    public static Arguments Of(ParseResult parsed)
    {
        var (host, user) = (parsed.GetValue(HostOption), parsed.GetValue(UserOption));
        var from = parsed.GetValue(FromOption) ?? user;
        var to = parsed.GetValue(ToOption) ?? from;
        return host is null
            ? new(null, 0, null, "Me <me@example.com>", "You <you@example.org>", false)
            : new(host, parsed.GetValue(PortOption), user, from!, to!, parsed.GetValue(UnsecureOption));
    }

    public ServerOptions ToServerOptions() => new()
    {
        Host = Host!,
        Port = Port,
        User = User,
        Password = User is null ? null : Environment.GetEnvironmentVariable(PasswordVariable)
            ?? throw new ArgumentException($"--user needs the password in the environment variable {PasswordVariable}."),
        AcceptUnsecureConnection = Unsecure,
    };
}
