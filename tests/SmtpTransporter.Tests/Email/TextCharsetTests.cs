using System.Globalization;
using System.Text;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Which texts a charset can represent so that every program reads the same; the others are sent in UTF-8.</summary>
public sealed class TextCharsetTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("Plain ~\u007f\t", true)]
    [InlineData("日本語のテキスト、件名です", true)]
    [InlineData("Привет ΑΒΓ ─", true)]
    [InlineData("亜腕 弌熙", true)]
    [InlineData("10時〜12時", false)]
    [InlineData("10時～12時", false)]
    [InlineData("—‖−￥", false)]
    [InlineData("①", false)]
    [InlineData("㍻", false)]
    [InlineData("髙", false)]
    [InlineData("ｱｲｳ", false)]
    [InlineData("é", false)]
    [InlineData("日本🎉", false)]
    [InlineData("日本\ud83c", false)]
    [InlineData("\u0080", false)]
    [InlineData("日本\u0080", false)]
    [InlineData("\u000e", false)]
    [InlineData("日本\u000f", false)]
    [InlineData("\u001b$B日本", false)]
    public void Iso_2022_jp_represents_only_text_that_all_programs_map_alike(string text, bool expected)
    {
        Assert.Equal(expected, TextCharset.Iso2022Jp.CanRepresent(text));
        Assert.Equal(expected ? TextCharset.Iso2022Jp : TextCharset.Utf8, MailMode.Iso2022Jp.ForHeader(text));
    }

    [Fact]
    public void Iso_2022_jp_represents_only_the_rows_1_to_8_and_16_to_84_of_its_standard()
    {
        var strict = CodePagesEncodingProvider.Instance.GetEncoding(
            "euc-jp", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)!;
        for (var c = '\u0080'; c < '\ud800'; c++)
        {
            var text = c.ToString();
            if (!TextCharset.Iso2022Jp.CanRepresent(text))
                continue;
            // EUC-JP has the same rows, moved by 0x80; another set is announced by a byte before.
            var bytes = strict.GetBytes(text);
            Assert.True(bytes.Length == 2, $"U+{(int)c:X4}");
            Assert.True(bytes[0] - 0xA0 is (>= 1 and <= 8) or (>= 16 and <= 84), $"U+{(int)c:X4}");
        }
    }

    [Fact]
    public void Iso_2022_jp_represents_every_kanji_and_kana_of_the_standard()
    {
        var euc = Encoding.GetEncoding("euc-jp");
        foreach (var row in Enumerable.Range(4, 5).Concat(Enumerable.Range(16, 69)))
        {
            for (var cell = 1; cell <= 94; cell++)
            {
                var text = euc.GetString([(byte)(row + 0xA0), (byte)(cell + 0xA0)]);
                // Cells that the standard leaves empty.
                if (text.Any(c => c is '\uFFFD' or '?' or '・' || char.GetUnicodeCategory(c) == UnicodeCategory.PrivateUse))
                    continue;
                Assert.True(TextCharset.Iso2022Jp.CanRepresent(text), $"{row}-{cell} {text}");
            }
        }
    }

    [Theory]
    [InlineData("ÿ\u0080\0", true)]
    [InlineData("Ā", false)]
    [InlineData("€", false)]
    public void Latin_1_represents_the_first_256_characters(string text, bool expected) =>
        Assert.Equal(expected, TextCharset.Latin1.CanRepresent(text));

    [Theory]
    [InlineData("\0 ~\u007f", true)]
    [InlineData("\u0080", false)]
    public void Ascii_represents_the_first_128_characters(string text, bool expected) =>
        Assert.Equal(expected, TextCharset.UsAscii.CanRepresent(text));

    [Fact]
    public void Utf8_represents_everything_and_has_no_byte_order_mark()
    {
        Assert.True(TextCharset.Utf8.CanRepresent("日本 é 🎉 髙"));
        Assert.Equal([0xC3, 0xA9], TextCharset.Utf8.Encoding.GetPreamble().Concat(TextCharset.Utf8.Encoding.GetBytes("é")));
    }

    [Fact]
    public void Other_charsets_are_registered_when_the_library_is_loaded() =>
        Assert.Equal("日本", Encoding.GetEncoding("shift_jis").GetString([0x93, 0xFA, 0x96, 0x7B]));
}
