using System.Text;

namespace SmtpTransport.Tests;

/// <summary>
/// 500 messages as they arrive, right and wrong ones: 25 kinds in 20 variants each. They are made by this code, the same ones in each run.
/// </summary>
internal static class ReceivedCorpus
{
    private const int Variants = 20;

    // The text, its charset as declared, the charset of its octets, and the transfer encoding.
    private static readonly (string Text, string? Declared, string Actual, string? Encoding)[] Texts =
    [
        ("Hello,\n\nfirst line\n.\n..dots\nFrom here on\n", null, "us-ascii", null),
        ("Plain with blanks at the end  \n\t tab\n-- \nsignature\n", "us-ascii", "us-ascii", "7bit"),
        ("Grüße aus Köln – schöne Wörter.\nZweite Zeile\n", "utf-8", "utf-8", "8bit"),
        ("Grüße =3D aus Köln\n", "UTF-8", "utf-8", "quoted-printable"),
        ("日本語の本文です。\n二行目\n", "utf-8", "utf-8", "base64"),
        ("Déjà vu, ça va ?\n", "iso-8859-1", "iso-8859-1", "8bit"),
        ("Das kostet 5 €\n", "iso-8859-15", "iso-8859-15", "quoted-printable"),
        ("“Quotes” – and a € sign\n", "windows-1252", "windows-1252", "8bit"),
        ("Привет, мир\n", "koi8-r", "koi8-r", "8bit"),
        ("日本語の本文です。\n", "iso-2022-jp", "iso-2022-jp", "7bit"),
        ("日本語の本文です。\n", "shift_jis", "shift_jis", "base64"),
        ("中文正文\n", "gb2312", "gb2312", "8bit"),
        ("no charset, but not ASCII: Köln\n", null, "utf-8", "8bit"),
        ("no charset, and not UTF-8: Köln\n", null, "iso-8859-1", null),
        ("declared wrongly: Köln\n", "utf-8", "iso-8859-1", "8bit"),
        ("declared wrongly: Köln\n", "us-ascii", "windows-1252", "7bit"),
        ("an alias: Köln\n", "utf8", "utf-8", "8bit"),
        ("unknown: Köln\n", "unknown-8bit", "iso-8859-1", "8bit"),
        ("unknown encoding\n", "utf-8", "utf-8", "x-special"),
        ("", "utf-8", "utf-8", "7bit"),
    ];

    private static readonly (string Name, Func<int, string> Write)[] Kinds =
    [
        ("one text", v => Head(v) + Text(v, "text/plain")),
        ("one HTML", v => Head(v) + Text(v, "text/html")),
        ("no MIME", v => Head(v, isMime: false) + "\nJust text.\n" + (v % 2 == 0 ? "" : "no line end")),
        ("header only", v => Head(v, isMime: v % 2 == 0) + (v % 3 == 0 ? "" : "\n")),
        ("alternative", v => Head(v) + Multi(v, "alternative", Text(v, "text/plain"), Text(v + 1, "text/html"))),
        ("mixed", v => Head(v) + Multi(v, "mixed", Text(v, "text/plain"), File(v), File(v + 1))),
        ("related", v => Head(v) + Multi(v, "related; type=\"text/html\"", Text(v, "text/html"), Image(v))),
        ("nested", v => Head(v) + Multi(v, "mixed", Multi(v + 1, "alternative", Text(v, "text/plain"),
            Multi(v + 2, "related", Text(v + 1, "text/html"), Image(v), Image(v + 1))), File(v))),
        ("thirty levels", v => Head(v) + Enumerable.Range(0, 30).Aggregate(
            Text(v, "text/plain"), (inner, i) => Multi(v + i, "mixed", inner))),
        ("S/MIME detached", v => Head(v)
            + Multi(v, "signed; protocol=\"application/x-pkcs7-signature\"; micalg=\"sha-256\"", Text(v, "text/plain"),
            "Content-Type: application/x-pkcs7-signature; name=\"smime.p7s\"\nContent-Transfer-Encoding: base64\n"
            + $"Content-Disposition: attachment; filename=\"smime.p7s\"\n\n{Base64(v, 200)}\n")),
        ("S/MIME opaque", v => Head(v) + "Content-Disposition: attachment; filename=\"smime.p7m\"\nContent-Type: application/pkcs7-mime; "
            + $"smime-type=signed-data;\n name=\"smime.p7m\"\nContent-Transfer-Encoding: base64\n\n{Base64(v, 300)}"),
        ("PGP signed", v => Head(v) + Multi(v, "signed; micalg=pgp-sha512;\n\tprotocol=\"application/pgp-signature\"",
            Multi(v + 1, "mixed; protected-headers=\"v1\"", Text(v, "text/plain"), File(v)),
            "Content-Type: application/pgp-signature; name=\"OpenPGP_signature.asc\"\nContent-Description: OpenPGP digital signature\n"
            + $"Content-Disposition: attachment; filename=\"OpenPGP_signature\"\n\n{Pgp("SIGNATURE", v)}")),
        ("PGP encrypted", v => Head(v) + Multi(v, "encrypted; protocol=\"application/pgp-encrypted\"",
            "Content-Type: application/pgp-encrypted\n\nVersion: 1\n",
            $"Content-Type: application/octet-stream; name=\"encrypted.asc\"\n"
                + $"Content-Disposition: inline; filename=\"encrypted.asc\"\n\n{Pgp("MESSAGE", v)}")),
        ("DKIM and trace", v => Dkim(v) + Head(v) + Text(v, "text/plain")),
        ("bounce", v => Head(v) + Multi(v, "report; report-type=delivery-status", Text(v, "text/plain"),
            $"Content-Type: {(v % 2 == 0 ? "message/delivery-status" : "Message/Delivery-Status")}\n"
                + $"Content-Description: Delivery report\n\n"
            + "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; nobody@example.org\nAction: failed\nStatus: 5.1.1\n",
            "Content-Type: message/rfc822\n\nFrom: me@example.com\nSubject: lost\n\nlost text\n")),
        ("receipt", v => Head(v) + Multi(v, "report; report-type=disposition-notification", Text(v, "text/plain"),
            "Content-Type: message/disposition-notification\n\nOriginal-Message-ID: <1@x.example>\nDisposition: manual-action; displayed\n",
            "Content-Type: text/rfc822-headers\n\nFrom: me@example.com\nSubject: read\n")),
        ("attached message", v => Head(v) + Multi(v, "mixed", Text(v, "text/plain"),
            $"Content-Type: message/rfc822; name=\"m.eml\"\nContent-Disposition: attachment; filename=\"m.eml\"\n\n{Head(v + 1)}"
            + Multi(v + 1, "mixed", Text(v, "text/plain"), File(v)))),
        ("digest", v => Head(v) + Multi(v, "digest", "\nFrom: x@example.com\nSubject: one\n\nfirst\n",
            "Content-Type: message/rfc822\n\nFrom: y@example.com\n\nsecond\n")),
        ("invitation", v => Head(v) + Multi(v, "alternative", Text(v, "text/plain"), Text(v, "text/html"),
            "Content-Type: text/calendar; charset=\"utf-8\"; method=REQUEST\nContent-Transfer-Encoding: 8bit\n\n"
                + "BEGIN:VCALENDAR\nMETHOD:REQUEST\n"
            + "BEGIN:VEVENT\nSUMMARY:Käse\nEND:VEVENT\nEND:VCALENDAR\n")),
        ("list footer", v => "List-Id: <list.example.com>\n" + Head(v) + Multi(v, "mixed", Text(v, "text/plain"),
            "Content-Type: text/plain; charset=\"us-ascii\"\nMIME-Version: 1.0\nContent-Transfer-Encoding: 7bit\n"
                + "Content-Disposition: inline\n\n"
            + "_______________________________________________\nlist mailing list\n")),
        ("text, picture, text", v => Head(v) + Multi(v, "mixed", Text(v, "text/plain"), Image(v), Text(v + 1, "text/plain"))),
        ("no boundary", v => Head(v)
            + $"Content-Type: multipart/{(v % 2 == 0 ? "mixed" : "mixed; boundary=\"\"")}\n\nThis was text.\n--x\nso is this\n"),
        ("no end", v => Head(v) + Cut(
            Multi(v, "mixed", Text(v, "text/plain"), Multi(v + 1, "alternative", Text(v, "text/html"), Text(v, "text/plain"))), v)),
        ("odd encodings", v => Head(v) + Multi(v, "mixed",
            "Content-Type: application/octet-stream; name=a.bin\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 a.bin\n#04)#\n`\nend\n",
            "Content-Type: image/x; name=b\nContent-Transfer-Encoding: base64\n\nnot = base64 !\n",
            $"Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\nbroken =Z{v} =\n",
            "Content-Type: application/x-empty\n\n", "Content-Transfer-Encoding: 7bit (comment)\n\nplain\n")),
        ("odd fields", v => OddFields(v) + Head(v) + Text(v, "text/plain")),
    ];

    /// <summary>The messages, in CRLF or, every fifth, in LF as files of Unix have it.</summary>
    public static IEnumerable<(string Name, byte[] Octets)> All =>
        from kind in Kinds
        from variant in Enumerable.Range(0, Variants)
        let text = kind.Write(variant)
        select (
            $"{kind.Name}/{variant}",
            Encoding.Latin1.GetBytes(variant % 5 == 4 ? text : text.Replace("\n", "\r\n", StringComparison.Ordinal)));

    private static string Head(int v, bool isMime = true)
    {
        var fields = new List<string>
        {
            v % 3 == 0 ? "From: \"Ann, A.\" <ann@example.com>" : v % 3 == 1
                ? "From: ann@example.com (Ann)" : "from:=?utf-8?Q?J=C3=BCrgen?= <j@example.com>",
            v % 4 == 0 ? "To: Team: bob@example.org, eve@example.org;, zoe@example.org"
                : v % 4 == 1 ? "To: undisclosed-recipients:;"
                : v % 4 == 2
                    ? "To: bob@example.org,\n\t\"Eve \\\"E\\\" Example\" <eve@example.org>,\n\tno address" : "TO: <bob@example.org>",
            v % 5 == 0 ? "Subject:" : v % 5 == 1 ? "Subject: =?iso-8859-1?Q?K=F6ln?=\n =?iso-8859-1?Q?_am_Rhein_?=" : v % 5 == 2
                ? $"Subject: {Latin1("Grüße", "utf-8")} in octets" : $"Subject: {new string('x', 60)}\n"
                    + $" {new string('y', 60)}\n\tand a tab ",
            $"Date: {(v % 7 == 0 ? "yesterday" : "Mon,  2 Mar 2026 10:11:12 +0100 (CET)")}",
        };
        if (v % 6 != 0)
            fields.Add($"Message-ID:{(v % 2 == 0 ? "" : "\n")} <{v}.x@example.com>");
        if (v % 3 == 2)
            fields.Add("References: <1@example.com><2@example.com>\n\t<3@example.com> (a comment)");
        if (v % 4 == 3)
            fields.Add("Cc: a@example.net\nCC: b@example.net\nComments: one\nComments: two\nKeywords: a, b\nKeywords: c");
        if (v % 7 == 3)
            fields.Add($"X-Long: {new string('z', 1200)}");
        if (isMime)
            fields.Add(v % 2 == 0 ? "MIME-Version: 1.0" : "Mime-Version: 1.0 (by a program)");
        if (v % 2 == 1)
            fields.Reverse();
        return string.Concat(fields.Select(field => field + "\n"));
    }

    private static string OddFields(int v) => (v % 5) switch
    {
        0 => "X-Empty:\nX-Blank: \nX-Tab:\tvalue\t\n",
        1 => "Subject : with a blank before the colon\nX-Octets: \u0080\u00ff\u00e9\nX-Control: a\u0001b\u001bc\n",
        2 => "Received: from a by b; Mon, 2 Mar 2026 09:11:12 +0000\nReceived: from c\n"
            + " by a; Mon, 2 Mar 2026 08:11:12 +0000\nFrom: second@example.com\n",
        3 => "X-First: 1\nthis line is no field\n>From mbox@example.com Mon Mar  2\n",
        _ => $"Delivered-To: me@example.org\nReturn-Path: <bounce@example.com>\nStatus: RO\nX-Folded: a\n \n\t\n b\n"
            + $"X-{new string('n', 100)}: long name\n",
    };

    private static string Dkim(int v) =>
        "Delivered-To: bob@example.org\nAuthentication-Results: mx.example.org; dkim=pass header.d=example.com;\n\tspf=pass\n"
        + $"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=example.com; s=s{v};\n\th=from:to:subject; bh=abc=;\n"
        + $"\tb={Base64(v, 40).TrimEnd()}\n"
        + "Received: from mx.example.com by mx.example.org; Mon, 2 Mar 2026 10:11:12 +0100\n";

    private static string Text(int v, string type)
    {
        var (text, declared, actual, encoding) = Texts[v % Texts.Length];
        var octets = Encoding.GetEncoding(actual).GetBytes(type == "text/html" ? $"<p>{text}</p>\n" : text);
        var body = encoding switch
        {
            "base64" => Convert.ToBase64String(
                octets, Base64FormattingOptions.InsertLineBreaks).Replace("\r\n", "\n", StringComparison.Ordinal) + "\n",
            "quoted-printable" => string.Concat(octets.Select(b => b is > 126 or (byte)'=' ? $"={b:X2}" : ((char)b).ToString())),
            _ => Encoding.Latin1.GetString(octets),
        };
        var name = v % 6 == 5 ? "; name=\"body.txt\"" : "";
        var header =
            $"Content-Type: {type}{(declared is null ? "" : $";\n\tcharset={(v % 2 == 0 ? declared : $"\"{declared}\"")}")}{name}\n"
            + (encoding is null ? "" : $"Content-Transfer-Encoding: {encoding}\n")
            + (v % 6 == 4 ? "Content-Disposition: x-unknown\n" : "");
        return $"{header}\n{body}";
    }

    private static string File(int v) => (v % 4) switch
    {
        0 => $"Content-Type: application/pdf; name=\"a{v}.pdf\"\nContent-Disposition: attachment;\n filename=\"a{v}.pdf\"; size=200\n"
            + $"Content-Transfer-Encoding: base64\n\n{Base64(v, 200)}",
        1 => "Content-Type: text/csv; charset=utf-8\nContent-Disposition: attachment; filename*=utf-8''%E2%82%AC.csv\n\na;b\n1;2\n",
        2 => $"Content-Type: application/octet-stream; name=\"=?utf-8?B?{Convert.ToBase64String("Ü.bin"u8)}?=\"\n"
            + $"Content-Transfer-Encoding: base64\n"
            + $"Content-ID: <f{v}@example.com>\n\n{Base64(v, 90)}\n\n",
        _ => "Content-Type: application/x-odd; name*0=\"a\"; name*1=\"b.x\"\nContent-Transfer-Encoding: 8bit\n"
            + "Content-MD5: abc=\n\n\u00e4\u00f6\u00fc\n",
    };

    private static string Image(int v) =>
        $"Content-Type: image/png\nContent-ID: <i{v}@example.com>\nContent-Disposition: inline\n"
            + $"Content-Transfer-Encoding: BASE64\n\n{Base64(v, 150)}";

    private static string Multi(int v, string type, params string[] parts)
    {
        var boundary = (v % 4) switch
        {
            0 => $"=_b{v}_{type.Length}_{parts.Length}_{parts[0].Length}",
            1 => $"----=_Part {v} {parts[0].Length}",
            2 => $"b{v}'()+,./:=?-{parts[0].Length}",
            _ => $"{v}{parts.Length}{parts[0].Length}aé"[..^1],
        };
        var preamble = v % 3 == 0 ? "" : "This is a multi-part message in MIME format.\n" + (v % 3 == 1 ? "\n" : "");
        var epilogue = v % 5 == 2 ? "\nAn epilogue.\n" : v % 5 == 3 ? "" : "\n";
        var blank = v % 7 == 1 ? "  " : "";
        return $"Content-Type: multipart/{type};\n boundary=\"{boundary}\"\n\n{preamble}"
            + string.Concat(parts.Select(part => $"--{boundary}{blank}\n{part}\n")) + $"--{boundary}--{epilogue}";
    }

    private static string Cut(string multipart, int v) =>
        multipart[..multipart.LastIndexOf(v % 2 == 0 ? "\n--" : "--", StringComparison.Ordinal)];

    private static string Pgp(string kind, int v) => $"-----BEGIN PGP {kind}-----\n\n{Base64(v, 120)}=abcd\n-----END PGP {kind}-----\n";

    private static string Base64(int v, int length)
    {
        var bytes = Enumerable.Range(0, length + v).Select(i => (byte)((i * 31) + v)).ToArray();
        return Convert.ToBase64String(
            bytes, Base64FormattingOptions.InsertLineBreaks).Replace("\r\n", "\n", StringComparison.Ordinal) + "\n";
    }

    private static string Latin1(string text, string charset) => Encoding.Latin1.GetString(Encoding.GetEncoding(charset).GetBytes(text));
}
