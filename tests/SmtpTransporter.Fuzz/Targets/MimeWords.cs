namespace SmtpTransport.Fuzz.Targets;

/// <summary>The pieces of messages.</summary>
internal static class MimeWords
{
    public static readonly string[] All =
    [
        "\r\n", "\n", "\r", "\0", "\r\n\r\n", "\r\n ", "\r\n\t", ": ", ";", "\"", "=", "--", "From ", "From: ", "To: ", "Cc: ", "Bcc: ",
        "Sender: ", "Reply-To: ", "Subject: ", "Date: ", "Message-ID: ", "References: ",
        "In-Reply-To: ", "Keywords: ", "Comments: ", "Received: ", "Return-Path: ", "Resent-To: ", "X-A: ", "MIME-Version: 1.0\r\n",
        "Content-Type: ", "Content-Disposition: ",
        "Content-Transfer-Encoding: ", "Content-ID: <a@x>\r\n", "Content-Language: ", "Content-Location: ", "Content-Description: ",
        "Content-MD5: ",
        "text/plain", "text/html", "text/rfc822-headers", "message/rfc822", "message/partial", "message/delivery-status",
        "message/external-body", "multipart/mixed; boundary=b\r\n\r\n--b\r\n",
        "multipart/alternative", "multipart/digest", "multipart/signed", "multipart/related", "multipart/report", "application/ms-tnef",
        "application/octet-stream", "--b\r\n", "--b--\r\n", "boundary=",
        "; charset=utf-8", "; charset=utf-7", "; charset=utf-16", "; charset=iso-2022-jp", "; charset=x", "; charset=", "; name=",
        "; name*=utf-8''%41", "; name*0*=utf-8''%E6", "; name*1*=%97%A5", "; format=flowed",
        "7bit", "8bit", "binary", "base64", "quoted-printable", "uuencode", "x-uuencode", "=?utf-8?Q?=41?=", "=?utf-8?B?w6k=?=",
        "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "=?x?Q?a?=", "=\r\n", "=ZZ", "begin 644 a\r\n", "end\r\n",
        "attachment; filename=a.txt", "inline", "<a@x>", "\"a b\"@x", "(", "Mon, 2 Mar 2026 10:11:12 +0100", "\u001b$B", "+AGE-", "é",
        "\uFEFF", "\u2028", "xn--", "binary", "text/calendar; method=REPLY",
        "X-Receiver: <a@x>\r\n", "X-Sender: <a@x>\r\n", "Delivered-To: a@x\r\n", "Status: R\r\n", "utf8", "unknown-8bit", "\u00ff",
        "; report-type=x",
    ];
}
