using System.Security.Cryptography;
using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.FeedbackTests;

public sealed class FieldTests
{
    [Theory]
    [InlineData("rfc822; root@[192.0.2.1]", "root@[192.0.2.1]")]
    [InlineData("rfc822; <root@[192.0.2.1]>", "root@[192.0.2.1]")]
    [InlineData("rfc822; [ann@example.org]", "ann@example.org")]
    [InlineData("rfc822; ann@example.org (Ann (of the shop))", "ann@example.org")]
    [InlineData("rfc822 (a type); (Ann) ann@example.org", "ann@example.org")]
    [InlineData("rfc822; \"ann (1)\"@example.org", "\"ann (1)\"@example.org")]
    [InlineData("rfc822; joe+2B@example.org", "joe+2B@example.org")]
    [InlineData("utf-8; jos\\x{E9}\\x{7}\\x{1B}@example.org", "josé @example.org")]
    public void An_address_is_the_one_in_the_field(string field, string address)
    {
        var feedback = Reports.Read(Reports.WithFields($"\nFinal-Recipient: {field}\nAction: failed\nStatus: 5.1.1\n"));

        Assert.Equal(address, Assert.Single(feedback!.Recipients).Address);
        Assert.DoesNotContain(address, char.IsControl);
    }

    [Theory]
    [InlineData("joe+2Bnews@example.org", "joe+news@example.org")]
    [InlineData("joe+3Dnews@example.org", "joe=news@example.org")]
    [InlineData("joe+news+2B@example.org", "joe+news+2B@example.org")]
    [InlineData("joe+17@example.org", "joe+17@example.org")]
    public void Only_xtext_is_decoded(string original, string address)
    {
        var feedback = Reports.Read(Reports.WithFields(
            $"\nOriginal-Recipient: rfc822;{original}\nFinal-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n"));

        Assert.Equal(address, Assert.Single(feedback!.Recipients).OriginalAddress);
    }

    [Fact]
    public void What_names_no_address_is_no_recipient() => Assert.Equal(
        "ann@example.org Failed Hard",
        Reports.Lines(Reports.Read(Reports.WithFields(
            "\nFinal-Recipient:\nAction: failed\nStatus: 5.1.1\n"
            + "\nFinal-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n"))));

    [Fact]
    public void Recipients_without_an_empty_line_in_between_are_several() => Assert.Equal(
        "ann@example.org Failed Hard, bob@example.org Delivered NotFailure",
        Reports.Lines(Reports.Read(Reports.WithFields(
            "\nFinal-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n"
            + "Final-Recipient: rfc822; bob@example.org\nAction: delivered\nStatus: 2.0.0\n"))));

    [Theory]
    [InlineData("order;17")]
    [InlineData("order+42")]
    [InlineData("order 17")]
    public void An_envelope_id_is_kept_as_it_is(string id)
    {
        var feedback = Reports.Read(Reports.WithFields(
            "\nFinal-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n", fields: $"Original-Envelope-Id: {id}\n"));

        Assert.Equal(id, feedback!.Original.EnvelopeId);
    }

    [Fact]
    public void A_token_in_an_envelope_id_in_xtext_is_found()
    {
        var tokens = new FeedbackTokens(SHA256.HashData("a key"u8));
        var path = tokens.CreateReturnPath("bounces@shop.example", "17").Replace("+", "+2B", StringComparison.Ordinal);
        var report = Reports.WithFields(
            "\nFinal-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n", fields: $"Original-Envelope-Id: {path}\n");

        var feedback = new FeedbackReader(tokens).Read(new MemoryStream(System.Text.Encoding.ASCII.GetBytes(report)));

        Assert.Equal("17", feedback?.EmailId);
        Assert.Equal(path, feedback?.Original.EnvelopeId);
    }

    [Theory]
    [InlineData("windows-1252", "8bit")]
    [InlineData("us-ascii", "8bit")]
    [InlineData("unicode-2-0-utf-7", "7bit")]
    public void Words_are_read_in_their_charset(string charset, string encoding)
    {
        const string Text = "Der Empfänger ist unbekannt";
        var head = Reports.OfWords(
            $"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}\n", "Nachricht unzustellbar");
        var words = charset switch
        {
            "windows-1252" => System.Text.Encoding.Latin1.GetBytes(Text),
            "us-ascii" => System.Text.Encoding.UTF8.GetBytes(Text),
            _ => "Der Empf+AOQ-nger ist unbekannt"u8.ToArray(),
        };
        var fields = System.Text.Encoding.ASCII.GetBytes(
            head.Replace("\n\nContent-Type", "\nContent-Type", StringComparison.Ordinal).TrimEnd('\n')
            + "\n\nDiese Nachricht wurde nicht zugestellt.\n\nann@example.org: ");

        var feedback = new FeedbackReader().Read(new MemoryStream([.. fields, .. words, .. "\n"u8]));

        Assert.Equal(Text, Assert.Single(feedback!.Recipients).Diagnostic);
    }
}
