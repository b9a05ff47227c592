using System.Globalization;
using SmtpTransport;

/// <summary>The command line: which server, and which mail.</summary>
internal sealed record Arguments
{
    public const string PasswordVariable = "SMTP_PASSWORD";

    public const string Usage = $"""
        Usage: QuickStart [--host HOST [--port PORT] [--user USER] [--from ADDRESS] [--to ADDRESSES] [--unsecure]]

          (nothing)    sends to a server inside this program
          --host       the server's name or IP address
          --port       default 587, STARTTLS; 465 is TLS from the first byte
          --user       logs in; the password is read from the environment variable {PasswordVariable}
          --from       default: the user, if it is an address
          --to         default: the sender; several are separated by "," or ";"
          --unsecure   accepts a server without TLS
        """;

    public bool Help { get; private init; }

    public string? Host { get; private init; }

    public int Port { get; private init; } = 587;

    public string? User { get; private init; }

    public string From { get; private init; } = "Me <me@example.com>";

    public string To { get; private init; } = "You <you@example.org>";

    public bool Unsecure { get; private init; }

    public static Arguments Parse(string[] args)
    {
        var arguments = new Arguments();
        string? from = null, to = null;
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i];
            arguments = name switch
            {
                "--help" or "-h" => arguments with { Help = true },
                "--unsecure" => arguments with { Unsecure = true },
                "--host" => arguments with { Host = Value() },
                "--port" => arguments with { Port = Number() },
                "--user" => arguments with { User = Value() },
                "--from" when (from = Value()) is not null => arguments,
                "--to" when (to = Value()) is not null => arguments,
                _ => throw new ArgumentException($"\"{name}\" is no option."),
            };

            string Value() => i + 1 < args.Length ? args[++i] : throw new ArgumentException($"{name} needs a value.");
            int Number() => int.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw new ArgumentException($"{name} must be a number, not \"{args[i]}\".");
        }

        if (arguments.Host is null)
        {
            return args.Length == 0 || arguments.Help ? arguments : throw new ArgumentException("--host is missing.");
        }

        from ??= arguments.User?.Contains('@') == true ? arguments.User : throw new ArgumentException("--from is missing, and --user is no address.");
        return arguments with { From = from, To = to ?? from };
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
