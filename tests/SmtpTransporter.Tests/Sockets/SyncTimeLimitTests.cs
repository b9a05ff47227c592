namespace SmtpTransport.Tests.Sockets;

public sealed class SyncTimeLimitTests() : TimeLimitTests(async: false);
