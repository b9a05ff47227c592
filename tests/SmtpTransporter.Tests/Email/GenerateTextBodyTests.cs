using Xunit;

namespace SmtpTransport.Tests;

public sealed class GenerateTextBodyTests
{
    [Theory]
    [InlineData("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree\n")]
    [InlineData("a   b\n\n c&amp;d &lt;e&gt; &uuml;&nbsp;x", "a b c&d <e> ü x\n")]
    [InlineData("<head><title>T</title><style>p{}</style></head><body>Body<script>x()</script></body>", "Body\n")]
    [InlineData("<h1>Title</h1>Text", "Title\n\nText\n")]
    [InlineData("<ul><li>one<li>two<ol><li>a</li><li>b</li></ol></ul>after", "- one\n- two\n  1. a\n  2. b\n\nafter\n")]
    [InlineData("See <a href='https://x.example/?a=1&amp;b=2'>this</a>.", "See this (https://x.example/?a=1&b=2).\n")]
    [InlineData(
        "<a href='https://x.example/'>https://x.example</a> <a href='mailto:a@x.example'>a@x.example</a>",
        "https://x.example a@x.example\n")]
    [InlineData("<a href='javascript:alert(1)'>no</a>", "no\n")]
    [InlineData("<img src='cid:x' alt='Our logo'><img src='y'>", "Our logo\n")]
    [InlineData("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a b\nc d\n")]
    [InlineData("<pre>  x\n   y</pre>", "  x\n   y\n")]
    [InlineData("<!-- comment -->text<!--[if mso]>mso<![endif]-->", "text\n")]
    [InlineData("日本<b>語</b> 🎉", "日本語 🎉\n")]
    [InlineData("", "\n")]
    // Lists.
    [InlineData("<ul><li><p>First</p></li><li><p>Second</p><p>More</p></li></ul>Next", "- First\n- Second\n\n  More\n\nNext\n")]
    [InlineData(
        "<ul>\n <li>\n <div>One</div>\n </li>\n <li> two<br>lines<br></li><li><br>three</ul>",
        "- One\n- two\n  lines\n- three\n")]
    [InlineData("<ol start=\"3\"><li>c</li><li>d</li></ol>", "3. c\n4. d\n")]
    [InlineData("<ol start='-1'><li>a<li>b<li>c<li value=9>d<li>e</ol>", "-1. a\n0. b\n1. c\n9. d\n10. e\n")]
    [InlineData("<ol start=x><li>a<ul><li>b</ul><li>c</ol>", "1. a\n  - b\n2. c\n")]
    [InlineData("<li>alone", "- alone\n")]
    [InlineData("<dl><dt>Term<dd>Meaning<dt>Other<dd>Words</dl>", "Term\nMeaning\nOther\nWords\n")]
    // Blocks.
    [InlineData("<center>A</center><center>B</center>", "A\nB\n")]
    [InlineData("<main>A</main>b<nav>C</nav>d<address>E</address>f<form>G</form>h", "A\nb\nC\nd\nE\nf\nG\nh\n")]
    [InlineData("<fieldset><legend>A</legend>B</fieldset><figure>C<figcaption>D</figcaption></figure>", "A\nB\nC\nD\n")]
    [InlineData("<details><summary>A</summary>B</details><button>C</button><button>D</button>", "A\nB\nC\nD\n")]
    [InlineData("<select><option>A<option>B</select><aside>C</aside><hgroup>D</hgroup>E", "A\nB\nC\nD\nE\n")]
    [InlineData("<b><p>One</b> two</p><i>three</p>", "One two\n\nthree\n")]
    [InlineData("<p>a<table><tr><td>b</table></p>c</br>d", "a\n\nb\n\nc\nd\n")]
    [InlineData("<pre>\n a\n</pre><textarea>\n b </textarea>", "a\n\n b\n")]
    // Tables.
    [InlineData("<table><tr><td><p>a</p></td><td><div>b</div></td></tr><tr><td><p>c</p><td><h2>d</h2></table>e", "a b\nc d\n\ne\n")]
    [InlineData("<table><thead><tr><th>A<th>B<tbody><tr><td>c<td>d</table>", "A B\nc d\n")]
    [InlineData("<table><tr><td><p>One</p><p>Two</p></td></tr><tr><td><p>Three</p></td></tr></table>", "One\n\nTwo\n\nThree\n")]
    [InlineData("<table><tr><td>Left</td><td>a<br>b</td><td>c</td></tr></table>", "Left\na\nb\nc\n")]
    [InlineData("<table><tr><td></td><td><p>a</p></td><td>\n</td><td>b</td></tr></table>", "a b\n")]
    [InlineData("<table><tr><td>a<td><table><tr><td>b<td>c</table></table>", "a b c\n")]
    [InlineData("<table><tr><td>a<td><table><tr><td>b<tr><td>c</table></table>", "a\nb\nc\n")]
    [InlineData("<table><tr><td><ul><li>a<li>b</ul><td>c</table>", "- a\n- b\n\nc\n")]
    // What is not shown.
    [InlineData("<div style=\"color:red; DISPLAY : None !important\">Pre<div>head</div>er &zwnj;&nbsp;</div>Text", "Text\n")]
    [InlineData("<span style='max-height:0px;overflow:hidden'>x<span>y</span></span><p style='visibility:hidden'>z<p>Text", "Text\n")]
    [InlineData("<span style='opacity:0'>x</span><div style='font-size:0'><b>Text</b></div>", "Text\n")]
    [InlineData("<p hidden>x<p>One<ul><li hidden>y<li>z</ul><table><tr hidden><td>q<tr><td>r</table>", "One\n\n- z\n\nr\n")]
    [InlineData("<template><p>x</p><template>y</template></template><dialog>no</dialog><dialog open>yes</dialog>", "yes\n")]
    [InlineData("<b hidden><ul><li></b>a</ul><p>x y", "a\n\nx y\n")]
    [InlineData("<p style='color:red;;opacity;OPACITY: 0 !important'>a<p style='opacity:0.5; height:0'>b", "b\n")]
    [InlineData("<br hidden><img hidden alt=x><a hidden href='https://x.test/'>y</a>z", "z\n")]
    [InlineData("<head><title>T</title><p>Text", "Text\n")]
    [InlineData(
        "<iframe><p>x</p></iframe><noscript><p>One &amp; <b>two</b></p><a href='https://x.test/'>l</a></noscript>",
        "One & two\n\nl (https://x.test/)\n")]
    [InlineData("<noscript><noscript>x</noscript><p hidden><noscript>y</noscript><p>z", "x\n\nz\n")]
    // Links.
    [InlineData("<a href=\"\">e</a><a href=' '>f</a><a name=x>g</a><a href=#h>h</a>", "efgh\n")]
    [InlineData(
        "<a href='tel:+49301234567'>+49 30 1234567</a>, <a href='tel:+49301234567'>030 / 123 45 67</a>",
        "+49 30 1234567, 030 / 123 45 67\n")]
    [InlineData("<a href='tel:+49-30-1234567;ext=5'>Call us</a>", "Call us (+49-30-1234567)\n")]
    [InlineData(
        "<a href='mailto:a@a.test?subject=x'>a@a.test</a> <a href='MAILTO:a%2Bb@a.test?body=y'>Write</a>",
        "a@a.test Write (a+b@a.test)\n")]
    [InlineData("<a href='mailto:?subject=x'>Share</a> <a href='data:text/plain,x'>y</a>", "Share y\n")]
    [InlineData("<a href='https://x.test/'>x.test</a> <a href='https://x.test/'><img alt='Shop'></a>", "x.test Shop (https://x.test/)\n")]
    [InlineData(
        "<a href='https://x.test/?a=&amp;lt;'><img></a><a href='https://x.test/b'>B<a href='https://x.test/c'>C",
        "https://x.test/?a=&lt;B (https://x.test/b)C (https://x.test/c)\n")]
    [InlineData("<img alt='&amp;lt;b&amp;gt;'>", "&lt;b&gt;\n")]
    // The separator of a signature.
    [InlineData("<p>Regards</p><div>-- <br>Ann</div>", "Regards\n\n-- \nAnn\n")]
    [InlineData("Regards<br>--&nbsp;<br>Ann<p>-- </p>Bob<p>a -- </p>c", "Regards\n-- \nAnn\n\n-- \n\nBob\n\na --\n\nc\n")]
    // What is not well-formed, as browsers read it.
    [InlineData("</p></ul></a><<<", "<<<\n")]
    [InlineData("1 <<b>2</b> </", "1 <2 </\n")]
    [InlineData("a<!-->b<!-- </p> <p -->c<!x>d<?php ?>e</>f<![CDATA[g]]>h</ i>j", "abcdefhj\n")]
    [InlineData(
        "<xmp><b>&amp;</b></xmp><textarea><i>&amp;</textarea><plaintext></plaintext>&lt;",
        "<b>&amp;</b>\n\n<i>&\n\n</plaintext>&lt;\n")]
    [InlineData("&copy &copyleft &notit; &#65; &#x1F600; &unknown; &NotEqualTilde;", "© ©left ¬it; A \U0001F600 &unknown; ≂̸\n")]
    [InlineData(
        "<a href='https://x.test/?a=1&copy=2&notit;&lt&#65&eacute;&copyright&amp'>x</a>",
        "x (https://x.test/?a=1&copy=2&notit;<Aé&copyright&)\n")]
    [InlineData("<A HREF=https://x.test/a/ TITLE='>'>x</A><P CLASS=y", "x (https://x.test/a/)\n")]
    public void GenerateTextBody_converts_HTML_to_text(string html, string text)
    {
        var email = new Email { HtmlBody = html };

        Assert.Equal(text.TrimStart(), email.GenerateTextBody()!.TrimStart());
        Assert.Equal(email.TextBody, email.GenerateTextBody());
    }

    [Theory]
    [InlineData("<div>")]
    [InlineData("<ul><li>")]
    [InlineData("<table><tr><td>x")]
    [InlineData("<noscript>")]
    [InlineData("<p hidden>")]
    [InlineData("</div>")]
    public void Deep_and_broken_HTML_is_converted_too(string repeated)
    {
        var email = new Email { HtmlBody = string.Concat(Enumerable.Repeat(repeated, 8000)) + "</noscript><div>end" };

        Assert.EndsWith("\n", email.GenerateTextBody(), StringComparison.Ordinal);
    }
}
