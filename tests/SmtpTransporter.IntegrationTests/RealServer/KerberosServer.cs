using System.Runtime.InteropServices;
using System.Text;

namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>
/// A Postfix whose Dovecot authenticates with Kerberos too, and a real KDC of the realm EXAMPLE.TEST, on loopback. The test process uses
/// the same krb5.conf, which this class names in its environment.
/// </summary>
public sealed class KerberosServer : PostfixServer
{
    public const string Realm = "EXAMPLE.TEST";

    private const string Packages = "apt-get install krb5-kdc krb5-admin-server krb5-user dovecot-gssapi";
    private static readonly string[] Needed =
    [
        "/usr/sbin/krb5kdc", "/usr/sbin/kdb5_util", "/usr/sbin/kadmin.local", "/usr/bin/kinit",
        "/usr/lib/dovecot/modules/auth/libmech_gssapi.so",
    ];

    private string _folder = "";
    private string _log = "";

    /// <summary>A port on which nothing answers, for a second realm, SILENT.TEST.</summary>
    public int SilentPort { get; } = LoopbackPorts.Pick(1)[0];

    private string Cache => Path.Combine(_folder, "tickets");

    private string Configuration => Path.Combine(_folder, "krb5.conf");

    private string PidFile => Path.Combine(_folder, "kdc.pid");

    /// <summary>Gives this process a ticket of the user, as kinit does.</summary>
    public Task GetTicketAsync() => RunAsync(
        "/usr/bin/kinit", "-k", "-t", Path.Combine(_folder, "user.keytab"), "-c", Cache, $"{User}@{Realm}");

    /// <summary>Takes the ticket away.</summary>
    public void DestroyTicket() => File.Delete(Cache);

    protected override async Task<string> PrepareAuthenticationAsync(string folder, string log)
    {
        if (Needed.Where(p => !File.Exists(p)).ToArray() is { Length: > 0 } missing)
            throw new InvalidOperationException($"Missing: {string.Join(", ", missing)}. {Packages}");
        (_folder, _log) = (Path.Combine(folder, "kerberos"), log);
        Directory.CreateDirectory(_folder);
        var port = LoopbackPorts.Pick(1)[0];
        File.WriteAllText(Configuration, ClientFile(port));
        File.WriteAllText(Path.Combine(_folder, "kdc.conf"), KdcFile(port));
        await RunAsync("/usr/sbin/kdb5_util", "create", "-s", "-P", "master", "-r", Realm);
        await AdministerAsync($"addprinc -pw {Password} {User}");
        await AdministerAsync("addprinc -randkey smtp/localhost");
        await AdministerAsync($"ktadd -k {_folder}/service.keytab smtp/localhost");
        await AdministerAsync($"ktadd -norandkey -k {_folder}/user.keytab {User}");
        // Dovecot's authentication runs as another user.
        File.SetUnixFileMode($"{_folder}/service.keytab", (UnixFileMode)0b110_100_100);
        await RunAsync("/usr/sbin/krb5kdc", "-r", Realm, "-P", PidFile);
        SetVariable("KRB5_CONFIG", Configuration);
        return $$"""
            auth_mechanisms = plain gssapi
            auth_username_format = %Ln
            auth_krb5_keytab = {{_folder}}/service.keytab
            auth_gssapi_hostname = localhost
            passdb {
              driver = static
              mechanisms = gssapi
              args = nopassword=y
            }
            import_environment = $import_environment KRB5_CONFIG={{Configuration}}

            """;
    }

    protected override async Task StopAuthenticationAsync()
    {
        if (File.Exists(PidFile))
            await Command.TryRunAsync(_log, "/bin/kill", (await File.ReadAllTextAsync(PidFile)).Trim());
    }

    // .NET's own copy of the environment is not that of the system's library.
    private static void SetVariable(string name, string value) =>
        Assert.Equal(0, SetEnvironment(Encoding.UTF8.GetBytes($"{name}\0"), Encoding.UTF8.GetBytes($"{value}\0"), 1));

    [DllImport("libc", EntryPoint = "setenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetEnvironment(byte[] name, byte[] value, int overwrite);

    private Task AdministerAsync(string query) => RunAsync("/usr/sbin/kadmin.local", "-r", Realm, "-q", query);

    private Task RunAsync(string program, params string[] arguments) => Command.RunAsync(
        _log, "/usr/bin/env", [$"KRB5_CONFIG={Configuration}", $"KRB5_KDC_PROFILE={_folder}/kdc.conf", program, .. arguments]);

    private string ClientFile(int port) => $$"""
        [libdefaults]
          default_realm = {{Realm}}
          default_ccache_name = FILE:{{Cache}}
          dns_lookup_kdc = false
          dns_lookup_realm = false
          dns_canonicalize_hostname = false
          rdns = false
          udp_preference_limit = 1
        [realms]
          {{Realm}} = {
            kdc = 127.0.0.1:{{port}}
          }
          SILENT.TEST = {
            kdc = 127.0.0.1:{{SilentPort}}
          }
        [domain_realm]
          localhost = {{Realm}}
        """;

    private string KdcFile(int port) => $$"""
        [kdcdefaults]
          kdc_listen = ""
          kdc_tcp_listen = 127.0.0.1:{{port}}
        [realms]
          {{Realm}} = {
            database_name = {{_folder}}/principal
            key_stash_file = {{_folder}}/stash
            acl_file = {{_folder}}/acl
          }
        [logging]
          kdc = FILE:{{_folder}}/kdc.log
        """;
}
