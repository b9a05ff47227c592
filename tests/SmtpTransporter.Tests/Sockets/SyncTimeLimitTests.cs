namespace SmtpTransport.Tests;

public sealed class SyncTimeLimitTests() : TimeLimitTests(async: false);
