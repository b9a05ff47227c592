using System.Diagnostics;

namespace SmtpTransport.Benchmarks;

/// <summary>The location of the sink from the view of the clients.</summary>
internal enum Link
{
    Loopback,

    /// <summary>In another network namespace, behind a link with the MTU of Ethernet and without offloading.</summary>
    Mtu1500,

    /// <summary>The same, with a round trip of 20 ms.</summary>
    RoundTrip20,
}

/// <summary>What network.sh could set up. This program runs in the client's namespace; the variables describe the server's.</summary>
internal static class Network
{
    public const string FarAddress = "10.77.0.2";
    public const int RoundTripMs = 20;

    public static string? FarNamespace { get; } = Environment.GetEnvironmentVariable("BENCHMARKS_FAR_NAMESPACE") is { Length: > 0 } name
        ? name : null;

    public static bool HasNetem { get; } = Environment.GetEnvironmentVariable("BENCHMARKS_NETEM") == "yes";

    /// <summary>Describes the link for the head of the table, and says if no real network was used.</summary>
    public static string Describe(Link link) => (link, FarNamespace, HasNetem) switch
    {
        (Link.Loopback, _, _) => "loopback",
        (Link.Mtu1500, not null, _) => "two network namespaces, MTU 1500, with segmentation offload",
        (Link.Mtu1500, null, _) => "loopback (no network namespaces here, so no MTU of 1500)",
        (_, not null, true) => $"two network namespaces, MTU 1500, {RoundTripMs} ms by tc netem",
        (_, not null, false) => $"two network namespaces, MTU 1500, {RoundTripMs} ms by a relay (no tc netem here)",
        _ => $"loopback, {RoundTripMs} ms by a relay (no network namespaces here)",
    };

    public static void SetDelay(bool on)
    {
        if (!HasNetem)
            return;
        using var script = Process.Start("bash", [
            Path.Combine(Artifacts.Sources, "network.sh"), "delay", FarNamespace!, on ? $"{RoundTripMs / 2}" : "0"]);
        script.WaitForExit();
        if (script.ExitCode != 0)
            throw new InvalidOperationException("network.sh could not set the delay.");
    }
}
