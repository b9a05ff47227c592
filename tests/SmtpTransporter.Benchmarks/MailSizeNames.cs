namespace SmtpTransport.Benchmarks;

internal static class MailSizeNames
{
    public static string Name(this MailSize size) => size switch
    {
        MailSize.Small => "small",
        MailSize.Letter => "letter",
        _ => "attachment",
    };
}
