namespace SmtpTransport.Tests;

public sealed class AsyncTimeLimitTests() : TimeLimitTests(async: true);
