namespace SmtpTransport;

/// <summary>
/// Transporters by name: those that were added with a key, and those that are made at run time, such as one for each customer. Safe for concurrent
/// callers; what is made here is disposed with the application.
/// </summary>
public interface ISmtpTransporterRegistry
{
    /// <summary>The transporter that was added with this key, or made here under this name.</summary>
    /// <param name="name">The key or the name.</param>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    ISmtpTransporter Get(string name);

    /// <summary>The transporter of this name; where there is none yet, one is made.</summary>
    /// <param name="name">The name.</param>
    /// <param name="options">Makes its options.</param>
    /// <exception cref="ArgumentException">The options are wrong; the message names the property.</exception>
    ISmtpTransporter GetOrAdd(string name, Func<ServerOptions> options);

    /// <summary>Closes a transporter that was made here: what is under way ends first, within its time limits.</summary>
    /// <param name="name">The name.</param>
    /// <returns>False where there is none of that name made here.</returns>
    bool Remove(string name);
}
