namespace SmtpTransport.BrowserTests;

/// <summary>An email as shops send them.</summary>
internal static class Newsletter
{
    public const string Html = """
        <html><body style="margin:0;background:#f0f2f5;font-family:Georgia,serif">
        <table width="100%" cellpadding="0"><tr><td align="center">
        <table width="560" style="max-width:100%;background:#fff;margin:24px;border-radius:8px">
        <tr><td style="background:#12355b;color:#fff;padding:28px;font-size:26px">Autumn at the shop</td></tr>
        <tr><td style="padding:28px;line-height:1.6">
        <img src="cid:logo" width="64" height="64" alt="Logo"><p>Dear Ann,</p>
        <p>the new <b>tea</b> has arrived. 請求書 is attached.</p>
        <p><a href="https://shop.example.com/confirm?x=1"
        style="background:#12355b;color:#fff;padding:12px 20px;border-radius:6px;text-decoration:none">Confirm your address</a></p>
        </td></tr></table></td></tr></table></body></html>
        """;

    // A red dot.
    public static readonly byte[] Logo = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==");
}
