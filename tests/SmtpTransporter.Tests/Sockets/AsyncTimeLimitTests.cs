namespace SmtpTransport.Tests.Sockets;

public sealed class AsyncTimeLimitTests() : TimeLimitTests(async: true);
