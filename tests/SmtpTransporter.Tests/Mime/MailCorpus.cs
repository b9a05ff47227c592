using System.Text;

namespace SmtpTransport.Tests;

/// <summary>
/// Messages as mail programs write them: the structure of each program, in several charsets and transfer encodings. The text is our own;
/// the order of fields, the boundaries, the names of files and the encodings are those of the programs.
/// </summary>
internal static class MailCorpus
{
    private static readonly (string Charset, string Text, string Encoding)[] Bodies =
    [
        ("us-ascii", "Hello,\n\nthe report is attached.\n.\n..dots\nFrom here on\n", "7bit"),
        ("utf-8", "Grüße aus Köln – schöne Wörter.\nZweite Zeile\n", "quoted-printable"),
        ("utf-8", "日本語の本文です。\n二行目\n", "base64"),
        ("utf-8", "Emoji 🎉 and Кириллица\n", "8bit"),
        ("iso-8859-1", "Déjà vu, ça va ?\n", "quoted-printable"),
        ("iso-8859-1", "Déjà vu, ça va ?\n", "8bit"),
        ("iso-8859-15", "Das kostet 5 €\n", "quoted-printable"),
        ("windows-1252", "“Quotes” – and a € sign\n", "8bit"),
        ("windows-1251", "Привет, мир\n", "base64"),
        ("koi8-r", "Привет, мир\n", "8bit"),
        ("iso-2022-jp", "日本語の本文です。\n二行目\n", "7bit"),
        ("shift_jis", "日本語の本文です。\n", "base64"),
        ("gb2312", "中文正文\n", "base64"),
        ("big5", "中文內容\n", "8bit"),
        ("euc-kr", "한국어 본문\n", "quoted-printable"),
        ("utf-8", "", "7bit"),
    ];

    public static IEnumerable<(string Name, byte[] Mime)> All
    {
        get
        {
            foreach (var program in Programs)
            {
                for (var i = 0; i < Bodies.Length; i++)
                {
                    var (charset, text, encoding) = Bodies[i];
                    yield return ($"{program.Name}/{i:00} {charset} {encoding}", program.Write(new Body(charset, text, encoding)));
                }
            }
        }
    }

    private static readonly (string Name, Func<Body, byte[]> Write)[] Programs =
    [
        ("php mail()", b => Message(
            "Return-Path: <www-data@web.example>\n"
                + "Received: by web.example (Postfix, from userid 33) id 4F1C2; Mon, 2 Mar 2026 10:11:12 +0100 (CET)\n"
            + "To: =?UTF-8?B?SsO2cmc=?= <joerg@example.org>\nSubject: =?UTF-8?Q?Ihre_Anfrage_=E2=80=93_danke?=\n"
            + "X-PHP-Originating-Script: 33:mail.php\n"
            + "From: Shop <shop@web.example>\nMessage-Id: <20260302.4F1C2@web.example>\nDate: Mon,  2 Mar 2026 10:11:12 +0100 (CET)\n"
            + "MIME-Version: 1.0\n", b.Text("text/plain"))),
        ("nodemailer", b => Message(
            "Content-Type: multipart/mixed; boundary=\"--_NmP-1a2b3c-Part_1\"\nFrom: Node <node@example.com>\n"
                + "To: a@example.org, \"B, C\" <b@example.org>\n"
            + "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?= from nodemailer\nMessage-ID: <1a2b3c@example.com>\nX-Mailer: nodemailer\n"
            + "Date: Mon, 02 Mar 2026 09:11:12 +0000\nMIME-Version: 1.0\n",
            Multipart("--_NmP-1a2b3c-Part_1",
                "Content-Type: multipart/alternative;\n boundary=\"--_NmP-1a2b3c-Part_2\"\n\n"
                    + Multipart("--_NmP-1a2b3c-Part_2", b.Text("text/plain"), b.Text("text/html")),
                "Content-Type: application/pdf; name=\"=?UTF-8?Q?R=C3=A9sum=C3=A9.pdf?=\"\nContent-Transfer-Encoding: base64\n"
                + "Content-Disposition: attachment;\n filename*0*=utf-8''R%C3%A9sum%C3%A9.pdf\n\nJVBERi0xLjQKJeLjz9MK\n"))),
        ("Python email", b => Message(
            "Subject: =?utf-8?q?R=C3=A9sum=C3=A9?=\nFrom: \"Py Thon\" <py@example.com>\nTo: undisclosed-recipients:;\nMIME-Version: 1.0\n"
            + "Content-Type: multipart/related; boundary=\"===============123==\"; type=\"text/html\"\n",
            Multipart("===============123==", b.Text("text/html"),
                "Content-Type: image/png\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\nContent-ID: <logo@py>\n"
                    + "Content-Disposition: inline; filename=\"logo.png\"\n\niVBORw0KGgo=\n"))),
        ("Postfix bounce", b => Message(
            "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example (Mail Delivery System)\nSubject: Undelivered Mail Returned to Sender\n"
                + "To: me@example.com\n"
            + "Auto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status;\n"
            + "\tboundary=\"4F1C2.177/mx.example\"\n",
            Multipart("4F1C2.177/mx.example",
                "Content-Description: Notification\n" + b.Text("text/plain"),
                "Content-Description: Delivery report\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
                    + "Final-Recipient: rfc822; nobody@example.org\nAction: failed\nStatus: 5.1.1\n",
                "Content-Description: Undelivered Message\nContent-Type: message/rfc822\n\nFrom: me@example.com\n"
                    + "To: nobody@example.org\nSubject: lost\n\nlost text\n"))),
        ("Postfix bounce, headers only", b => Message(
            "From: MAILER-DAEMON@mx.example\nTo: me@example.com\nSubject: Undelivered\n"
                + "Content-Type: multipart/report; report-type=delivery-status; boundary=\"b1\"\n",
            Multipart("b1", b.Text("text/plain"), "Content-Type: text/rfc822-headers\n\nFrom: me@example.com\nSubject: lost\n"))),
        ("Outlook", b => Message(
            "From: \"Out, Look\" <out@corp.example>\nTo: \"'a@example.org'\" <a@example.org>\nSubject: FW: report\n"
                + "Thread-Index: AdXyz==\nAccept-Language: de-DE, en-US\n"
            + "Content-Language: de-DE\nX-MS-Has-Attach: yes\nMIME-Version: 1.0\nContent-Type: multipart/mixed;\n"
            + "\tboundary=\"_004_AM0PR_\"\n",
            Multipart("_004_AM0PR_",
                "Content-Type: multipart/related;\n\tboundary=\"_003_AM0PR_\";\n"
                    + "\ttype=\"multipart/alternative\"\n\n" + Multipart("_003_AM0PR_",
                    "Content-Type: multipart/alternative;\n"
                        + "\tboundary=\"_002_AM0PR_\"\n\n" + Multipart("_002_AM0PR_", b.Text("text/plain"), b.Text("text/html")),
                    "Content-Type: image/png; name=\"image001.png\"\nContent-Description: image001.png\n"
                        + "Content-Disposition: inline; filename=\"image001.png\"; size=8;\n"
                    + "\tcreation-date=\"Mon, 02 Mar 2026 09:11:12 GMT\"\n"
                    + "Content-ID: <image001.png@01D5>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n"),
                "Content-Type: application/vnd.openxmlformats-officedocument.wordprocessingml.document;\n"
                    + "\tname=\"=?iso-8859-1?Q?=DCbersicht.docx?=\"\nContent-Disposition: attachment;\n"
                + "\tfilename=\"=?iso-8859-1?Q?=DCbersicht.docx?=\"\n"
                + "Content-Transfer-Encoding: base64\n\nUEsDBA==\n"))),
        ("winmail.dat", b => Message(
            "From: a@corp.example\nTo: b@example.org\nSubject: tnef\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=w\n",
            Multipart("w", b.Text("text/plain"), "Content-Type: application/ms-tnef; name=\"winmail.dat\"\n"
                + "Content-Transfer-Encoding: base64\n\neJ8+IgAA\n"))),
        ("Apple Mail", b => Message(
            "From: Apple <apple@example.com>\nContent-Type: multipart/alternative;\n\tboundary=\"Apple-Mail=_A1B2\"\n"
                + "Mime-Version: 1.0 (Mac OS X Mail 16.0 \\(3696\\))\n"
            + "Subject: pictures\nX-Universally-Unique-Identifier: A1B2\nTo: you@example.org\n",
            Multipart("Apple-Mail=_A1B2", b.Text("text/plain", "format=flowed; delsp=yes"),
                "Content-Type: multipart/mixed;\n\tboundary=\"Apple-Mail=_C3D4\"\n\n" + Multipart("Apple-Mail=_C3D4", b.Text("text/html"),
                    "Content-Disposition: inline;\n\tfilename*=utf-8''Bildschirmfoto%20%C3%BC.png\nContent-Type: image/png;\n"
                        + "\tx-unix-mode=0644;\n\tname=\"=?utf-8?Q?Bildschirmfoto_=C3=BC=2Epng?=\"\n"
                    + "Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n", b.Text("text/html"))))),
        ("Thunderbird", b => Message(
            "Message-ID: <f1@example.com>\nDate: Mon, 2 Mar 2026 10:11:12 +0100\nMIME-Version: 1.0\nUser-Agent: Mozilla Thunderbird\n"
                + "Content-Language: en-US\nTo: a@example.org\n"
            + "From: T Bird <t@example.com>\nReferences: <1@x>\n <2@y>\nIn-Reply-To: <2@y>\n"
            + "Subject: Re: flowed\n", b.Text("text/plain", "format=flowed"))),
        ("Gmail", b => Message(
            "MIME-Version: 1.0\nDate: Mon, 2 Mar 2026 10:11:12 +0100\nMessage-ID: <CAF=x+y@mail.gmail.com>\n"
                + "Subject: =?UTF-8?B?8J+OiSBQYXJ0eQ==?=\nFrom: G <g@gmail.com>\nTo: h@gmail.com\nCc: i@gmail.com\n"
            + "Content-Type: multipart/mixed; boundary=\"00000000000012ab\"\n",
            Multipart("00000000000012ab",
                "Content-Type: multipart/alternative; "
                    + "boundary=\"00000000000012aa\"\n\n" + Multipart("00000000000012aa", b.Text("text/plain"), b.Text("text/html")),
                "Content-Type: text/csv; charset=\"UTF-8\"; name=\"data.csv\"\nContent-Disposition: attachment; filename=\"data.csv\"\n"
                    + "Content-Transfer-Encoding: base64\nContent-ID: <f_k1>\nX-Attachment-Id: f_k1\n\nYTtiCjE7Mgo=\n"))),
        ("calendar invitation", b => Message(
            "From: c@example.com\nTo: d@example.org\nSubject: Invitation\nMIME-Version: 1.0\n"
                + "Content-Type: multipart/alternative; boundary=cal\n",
            Multipart("cal", b.Text("text/plain"), b.Text("text/html"),
                "Content-Type: text/calendar; charset=utf-8; method=REQUEST\nContent-Transfer-Encoding: 7bit\n\nBEGIN:VCALENDAR\n"
                    + "METHOD:REQUEST\nEND:VCALENDAR\n"))),
        ("S/MIME signed", b => Message(
            "From: s@example.com\nTo: d@example.org\nSubject: signed\nMIME-Version: 1.0\n"
                + "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=\"sig\"\n",
            Multipart("sig", b.Text("text/plain"),
                "Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\nContent-Transfer-Encoding: base64\n"
                    + "Content-Disposition: attachment; filename=\"smime.p7s\"\nContent-Description: S/MIME Cryptographic Signature\n\n"
                + "MIAGCSqGSIb3\n"))),
        ("Mailman digest", b => Message(
            "From: list-request@example.com\nTo: list@example.com\nList-Id: <list.example.com>\nSubject: list Digest, Vol 1\n"
                + "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"==d==\"\n",
            Multipart("==d==", b.Text("text/plain"),
                "Content-Type: multipart/digest; boundary=\"==e==\"\n\n" + Multipart("==e==",
                    "Content-Type: message/rfc822\n\nFrom: x@example.com\nSubject: one\n\nfirst\n", "Content-Type: message/rfc822\n\n"
                        + "From: y@example.com\nSubject: two\n\nsecond\n"), b.Text("text/plain")))),
        ("forwarded as attachment", b => Message(
            "From: f@example.com\nTo: g@example.org\nSubject: Fwd\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"f\"\n",
            Multipart("f", b.Text("text/plain"),
                "Content-Type: message/rfc822; name=\"Fwd.eml\"\nContent-Disposition: attachment; filename=\"Fwd.eml\"\n\n"
                    + "From: z@example.com\nSubject: inner\nMIME-Version: 1.0\n" + b.Text("text/plain")))),
        ("long names", b => Message(
            "From: l@example.com\nTo: m@example.org\nSubject: names\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"n\"\n",
            Multipart("n", b.Text("text/plain"),
                "Content-Type: application/octet-stream\nContent-Disposition: attachment;\n"
                    + " filename*0*=UTF-8''%E6%97%A5%E6%9C%AC%E8%AA%9E%E3%81%AE;\n filename*1*=%E9%95%B7%E3%81%84%E5%90%8D%E5%89%8D;\n"
                + " filename*2=\".txt\"\nContent-Transfer-Encoding: base64\n\nAAEC\n",
                "Content-Type: text/plain; charset=us-ascii; name=\"a \\\"quoted\\\" name.txt\"\n"
                    + "Content-Disposition: attachment; filename=\"a \\\"quoted\\\" name.txt\"\n\nplain\n"))),
        ("bare text, no MIME", b => Encoding.ASCII.GetBytes("From: old@example.com\r\nTo: you@example.org\r\nSubject: old\r\n\r\n"
            + "No MIME at all, body " + b.Charset + "\r\n")),
    ];

    private static string Multipart(string boundary, params string[] parts) =>
        "This is a multi-part message in MIME format.\n" + string.Concat(parts.Select(p => $"--{boundary}\n{p}\n")) + $"--{boundary}--\n";

    /// <summary>A message whose header ends with the fields of its body, or with an empty line before a multipart.</summary>
    private static byte[] Message(string header, string body)
    {
        var separator = body.StartsWith("Content-", StringComparison.Ordinal) ? "" : "\n";
        return Encoding.Latin1.GetBytes((header + separator + body).Replace("\n", "\r\n", StringComparison.Ordinal));
    }

    internal sealed record Body(string Charset, string Content, string TransferEncoding)
    {
        /// <summary>The header fields and the content of a part.</summary>
        public string Text(string type, string? parameters = null)
        {
            var text = type == "text/html" ? $"<p>{Content}</p>\n" : Content;
            return $"Content-Type: {type}; charset={Charset}{(parameters is null ? "" : "; " + parameters)}\n"
                + $"Content-Transfer-Encoding: {TransferEncoding}\n\n{Encoded(text)}\n";
        }

        private string Encoded(string text)
        {
            var bytes = System.Text.Encoding.GetEncoding(Charset).GetBytes(text.Replace("\n", "\r\n", StringComparison.Ordinal));
            return TransferEncoding switch
            {
                "base64" => Convert.ToBase64String(bytes, Base64FormattingOptions.InsertLineBreaks)
                    .Replace("\r\n", "\n", StringComparison.Ordinal),
                "quoted-printable" => QuotedPrintable(bytes),
                _ => System.Text.Encoding.Latin1.GetString(bytes).Replace("\r\n", "\n", StringComparison.Ordinal),
            };
        }

        private static string QuotedPrintable(byte[] bytes) => string.Concat(bytes.Select(b => b switch
        {
            (byte)'\n' => "\n",
            (byte)'\r' => "",
            > 32 and < 127 and not (byte)'=' or (byte)' ' => ((char)b).ToString(),
            _ => $"={b:X2}",
        }));
    }
}
