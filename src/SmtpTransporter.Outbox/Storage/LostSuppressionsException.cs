using System.Security.Cryptography;

namespace SmtpTransport.Outbox;

/// <summary>
/// The suppression list has entries that this application cannot compare with addresses, since it lacks their key: whoever goes on would
/// write to people who must not be written to.
/// </summary>
internal sealed class LostSuppressionsException(string message) : CryptographicException(message);
