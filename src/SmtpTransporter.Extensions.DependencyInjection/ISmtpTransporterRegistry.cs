using System.Diagnostics.CodeAnalysis;

namespace SmtpTransport;

/// <summary>
/// Transporters by name: those that were added with a key, and those that are created at run time, such as one for each customer.
/// </summary>
/// <remarks>
/// Safe for concurrent callers. Names are case-sensitive. The transporters that were created here end with the application, or when they
/// are removed: <c>Dispose</c> has no effect, because others share them.
/// </remarks>
public interface ISmtpTransporterRegistry
{
    /// <summary>Returns the transporter that was added with this key or created here under this name.</summary>
    /// <param name="name">The transporter's name.</param>
    /// <returns>The transporter. Disposing it has no effect.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="InvalidOperationException">There is no transporter of this name, or its settings are not valid.</exception>
    /// <exception cref="ObjectDisposedException">The application has ended.</exception>
    ISmtpTransporter Get(string name);

    /// <summary>Finds the transporter that was added with this key or created here under this name.</summary>
    /// <param name="name">The transporter's name.</param>
    /// <param name="transporter">The transporter, whose disposal has no effect; null if there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The settings of the transporter are not valid.</exception>
    /// <exception cref="ObjectDisposedException">The application has ended.</exception>
    bool TryGet(string name, [NotNullWhen(true)] out ISmtpTransporter? transporter);

    /// <summary>Returns the transporter of this name; creates it if there is none.</summary>
    /// <param name="name">The transporter's name.</param>
    /// <param name="options">
    /// Returns the options of a new transporter. It is called only if there is none, while other callers wait.
    /// </param>
    /// <returns>The transporter. Disposing it has no effect.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The options are not valid; the message names the property.</exception>
    /// <exception cref="ObjectDisposedException">The application has ended.</exception>
    ISmtpTransporter GetOrAdd(string name, Func<ServerOptions> options);

    /// <summary>Removes and disposes a transporter that was created here.</summary>
    /// <param name="name">The transporter's name.</param>
    /// <returns>False if no transporter of this name was created here.</returns>
    /// <remarks>
    /// Sends in progress end with a result that says what became of the email. The call blocks while connections are closed;
    /// <see cref="RemoveAsync"/> does not block.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    bool Remove(string name);

    /// <summary>Removes and disposes a transporter that was created here.</summary>
    /// <param name="name">The transporter's name.</param>
    /// <returns>False if no transporter of this name was created here. The task ends when the connections are closed.</returns>
    /// <remarks>Sends in progress end with a result that says what became of the email.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    ValueTask<bool> RemoveAsync(string name);
}
