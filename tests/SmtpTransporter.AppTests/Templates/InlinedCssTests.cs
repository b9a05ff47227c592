using Xunit;

namespace SmtpTransport.AppTests.Templates;

/// <summary>What becomes of CSS. Some of it is what PreMailer.Net 2.7.4 does otherwise; these tests say so.</summary>
public sealed class InlinedCssTests : TemplateTest
{
    private async Task<string> InlineAsync(string html, object? model = null) => (await RenderAsync(html, model)).HtmlBody!;

    [Theory]
    [InlineData("<style>p{color:red}</style><p>x</p>", "<p style=\"color: red\">x</p>")]
    [InlineData("<style>p{color:red;}.a{color:blue}</style><p class=a>x</p>", "<p style=\"color: blue\" class=a>x</p>")]
    [InlineData("<style>.a{color:blue}p{color:red}</style><p class=a>x</p>", "<p style=\"color: blue\" class=a>x</p>")]
    [InlineData("<style>p{color:red;margin:0}</style><p style='color:blue'>x</p>", "<p style=\"margin: 0; color: blue\">x</p>")]
    [InlineData("<style>p{color:red ! IMPORTANT}</style><p style='color:blue'>x</p>", "<p style=\"color: red !important\">x</p>")]
    [InlineData("<style>p{margin-top:1px}.a{margin:0}</style><p class=a>x</p>", "<p style=\"margin-top: 1px; margin: 0\" class=a>x</p>")]
    [InlineData("<style>/* {} */ p /* ; */ {color:red}</style><p>x</p>", "<p style=\"color: red\">x</p>")]
    [InlineData("<style>p{font-family:\"A;b\",'C'}</style><p>x</p>", "<p style=\"font-family: &quot;A;b&quot;,'C'\">x</p>")]
    [InlineData("<style>p{font-family:\"A b\"}</style><p>x</p>", "<p style=\"font-family: 'A b'\">x</p>")]
    [InlineData("<style>[title=\"a,b{\"],i{color:red}</style><b title='a,b{'>x</b><i>y</i>",
        "<b style=\"color: red\" title='a,b{'>x</b><i style=\"color: red\">y</i>")]
    [InlineData("<style>:is(b, i) u{color:red}</style><i><u>x</u></i>", "<i><u style=\"color: red\">x</u></i>")]
    [InlineData("<STYLE>B{color:red}</STYLE><B>x</B>", "<B style=\"color: red\">x</B>")]
    [InlineData("<style>p{color:red}</style><p>&copy;&nbsp;<br/>1 < 2 & 3</p>", "<p style=\"color: red\">&copy;&nbsp;<br/>1 < 2 & 3</p>")]
    [InlineData("<title>a <p></title><style>p{color:red}</style><textarea><p></textarea>", "<title>a <p></title><textarea><p></textarea>")]
    [InlineData("<head><title>x</title><style>*{margin:0}</style></head><body>x</body>",
        "<head><title>x</title></head><body style=\"margin: 0\">x</body>")]
    [InlineData("<p>x</p><style>p{color:red}", "<p style=\"color: red\">x</p>")]
    public async Task A_rule_becomes_a_style_attribute_and_nothing_else_changes(string html, string expected) =>
        Assert.Equal(expected, await InlineAsync(html));

    [Fact]
    public async Task An_unquoted_data_URI_is_not_cut() => Assert.Equal(
        "<p style=\"background: url(data:image/svg+xml;base64,QUJD) no-repeat; color: red\">x</p>",
        await RenderWithoutImagesAsync("<style>p{background:url(data:image/svg+xml;base64,QUJD) no-repeat;color:red}</style><p>x</p>"));

    [Fact]
    public async Task Every_fallback_of_a_declaration_is_kept_in_order() => Assert.Equal(
        "<p style=\"background: #fff; background: rgba(1,2,3,.5)\">x</p>",
        await InlineAsync("<style>p{background:#fff;background:rgba(1,2,3,.5)}</style><p>x</p>"));

    [Fact]
    public async Task A_document_behind_a_doctype_of_XHTML_stays_as_it_is()
    {
        const string Start =
            "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">"
            + "<html xmlns=\"http://www.w3.org/1999/xhtml\"><head></head>";

        var html = await InlineAsync($"{Start}<body><style>td{{color:red}}</style><td></td><p></p>a&nbsp;<br><img alt=\"\"></body></html>");

        Assert.Equal($"{Start}<body><td></td><p></p>a&nbsp;<br><img alt=\"\"></body></html>", html);
    }

    [Fact]
    public async Task Text_in_a_table_is_not_moved_out_of_it() => Assert.Equal(
        "<table>%row%<tr><td style=\"color: red\">x</td></tr>%end%</table>",
        await InlineAsync("<style>td{color:red}</style><table>%row%<tr><td>x</td></tr>%end%</table>"));

    [Fact]
    public async Task Conditions_of_Outlook_stay_as_they_are()
    {
        const string Conditions =
            "<!--[if mso]><p><v:rect></v:rect></p><![endif]--><![if !mso]>a<![endif]><!--[if !mso]><!-->b<!--<![endif]-->";

        Assert.Equal(
            Conditions + "<p style=\"color: red\">x</p>", await InlineAsync($"<style>p{{color:red}}</style>{Conditions}<p>x</p>"));
    }

    [Fact]
    public async Task A_selector_that_comes_twice_has_two_places() => Assert.Equal(
        "<p style=\"color: blue; margin: 0\" class=\"a b\">x</p>",
        await InlineAsync("<style>.a{color:red}.b{color:blue}.a{margin:0}</style><p class=\"a b\">x</p>"));

    [Fact]
    public async Task What_attributes_cannot_express_stays_and_wins_over_them() => Assert.Equal(
        "<style>a:hover { color: green !important }\na:hover { color: red !important }\n"
        + "@media (max-width: 600px) { a { color: blue !important; margin: 0 !important } }\n"
        + "@font-face { font-family:X;src:url(x) }</style><a style=\"color: green\">x</a>",
        await InlineAsync(
            "<style>a, a:hover{color:green}a:hover{color:red}@media (max-width: 600px){a{color:blue;margin:0!important}}"
            + "@font-face{font-family:X;src:url(x)}</style><a>x</a>"));

    [Theory]
    [InlineData("<style data-embed>p{color:red}</style><p>x</p>")]
    [InlineData("<style media=\"(max-width: 600px)\">p{color:red}</style><p>x</p>")]
    [InlineData("<p>x</p>")]
    [InlineData("")]
    public async Task Other_style_elements_stay_as_they_are(string html) => Assert.Equal(html, await InlineAsync(html));

    [Fact]
    public async Task Rows_have_the_style_of_their_place_however_many_there_are()
    {
        const string Text = "<style>tr:nth-child(even) td{color:red}td:last-child{margin:0}</style>"
            + "<table><tbody>{% for i in (1..n) %}<tr><td>{{ i }}</td></tr>{% endfor %}</tbody></table>";
        Write("test.liquid", Text);
        var templates = Create();

        foreach (var n in new[] { 3, 1, 4, 3 })
        {
            var email = await templates.RenderAsync("test", new { n }, cancellationToken: Cancellation);

            var rows = string.Concat(Enumerable.Range(1, n).Select(
                i => $"<tr><td style=\"margin: 0{(i % 2 == 0 ? "; color: red" : "")}\">{i}</td></tr>"));
            Assert.Equal($"<table><tbody>{rows}</tbody></table>", email.HtmlBody);
        }
    }

    [Fact]
    public async Task An_element_that_the_parser_moves_does_not_lend_its_style_to_others()
    {
        // A div ends the paragraph that it is in, so the span behind it is no child of the paragraph.
        const string Text = "<style>p span{color:red}</style><p>{% if moved %}<div></div>{% endif %}<span>x</span></p>";
        Write("test.liquid", Text);
        var templates = Create();

        foreach (var moved in new[] { false, true, false, true })
        {
            var email = await templates.RenderAsync("test", new { moved }, cancellationToken: Cancellation);

            Assert.Equal(
                moved ? "<p><div></div><span>x</span></p>" : "<p><span style=\"color: red\">x</span></p>", email.HtmlBody);
        }
    }

    [Fact]
    public async Task Elements_without_end_tags_have_their_own_ancestors() => Assert.Equal(
        "<ul><li style=\"color: red\">a<li style=\"color: red\">b</ul><p style=\"margin: 0\">c<p style=\"margin: 0\">d",
        await InlineAsync("<style>ul>li{color:red}li li{color:blue}p{margin:0}p p{margin:1px}</style><ul><li>a<li>b</ul><p>c<p>d"));

    [Fact]
    public async Task Data_in_attributes_that_selectors_use_is_considered()
    {
        Write("test.liquid", "<style>a[href^=https]{color:red}</style><a href=\"{{ url }}\" title=\"{{ url }}\">x</a>");
        var templates = Create();

        var web = await templates.RenderAsync("test", new { url = "https://x" }, cancellationToken: Cancellation);
        var mail = await templates.RenderAsync("test", new { url = "mailto:x" }, cancellationToken: Cancellation);

        Assert.Equal("<a style=\"color: red\" href=\"https://x\" title=\"https://x\">x</a>", web.HtmlBody);
        Assert.Equal("<a href=\"mailto:x\" title=\"mailto:x\">x</a>", mail.HtmlBody);
    }

    [Theory]
    [InlineData("display:none")]
    [InlineData("visibility: hidden")]
    [InlineData("max-height:0;overflow:hidden")]
    [InlineData("opacity:0")]
    public async Task What_a_rule_hides_is_not_in_the_text(string hiding)
    {
        var email = await RenderAsync($"<style>.x {{ {hiding} }}</style><p>shown</p><p class=\"x\">hidden</p>");

        Assert.Equal("shown", email.TextBody?.Trim());
    }

    [Fact]
    public async Task Inlining_can_be_left_out()
    {
        const string Html = "<style>p{color:red}</style><p>x</p>";

        Assert.Equal(Html, (await RenderAsync(Html, null, o => o.InlineCss = false)).HtmlBody);
    }

    private async Task<string> RenderWithoutImagesAsync(string html) =>
        (await RenderAsync(html, null, o => o.EmbedImages = false)).HtmlBody!;
}
