using System.Text.Encodings.Web;
using Fluid;
using Fluid.Ast;

namespace SmtpTransport.Templates;

/// <summary>Liquid with the tags of emails: <c>layout</c>, <c>renderbody</c>, <c>preheader</c> and <c>unsubscribe</c>.</summary>
internal sealed class LiquidParser : FluidParser
{
    private const string Layout = "smtptransporter.layout";
    private const string Body = "smtptransporter.body";

    public LiquidParser()
    {
        RegisterExpressionTag("layout", async (path, _, _, context) =>
        {
            context.AmbientValues[Layout] = (await path.EvaluateAsync(context).ConfigureAwait(false)).ToStringValue();
            return Completion.Normal;
        });
        RegisterEmptyTag("renderbody", async (writer, _, context) =>
        {
            if (context.AmbientValues.TryGetValue(Body, out var body))
                await writer.WriteAsync((string)body).ConfigureAwait(false);
            return Completion.Normal;
        });
        RegisterEmptyBlock("preheader", async (statements, writer, encoder, context) =>
        {
            await writer.WriteAsync(EmailMarkup.PreheaderStart).ConfigureAwait(false);
            var completion = await WriteAsync(statements, writer, encoder, context).ConfigureAwait(false);
            await writer.WriteAsync(EmailMarkup.PreheaderEnd).ConfigureAwait(false);
            return completion;
        });
        RegisterExpressionBlock("unsubscribe", async (url, statements, writer, encoder, context) =>
        {
            var address = (await url.EvaluateAsync(context).ConfigureAwait(false)).ToStringValue();
            await writer.WriteAsync($"<a href=\"{encoder.Encode(address)}\" rel=\"{EmailMarkup.Unsubscribe}\">").ConfigureAwait(false);
            var completion = await WriteAsync(statements, writer, encoder, context).ConfigureAwait(false);
            await writer.WriteAsync("</a>").ConfigureAwait(false);
            return completion;
        });
    }

    /// <returns>The layout that a template has named, and which is not used from then on; null for none.</returns>
    public static string? TakeLayout(TemplateContext context) =>
        context.AmbientValues.Remove(Layout, out var layout) && layout is string { Length: > 0 } name ? name : null;

    /// <summary>Sets what the layout writes at <c>renderbody</c>.</summary>
    public static void SetBody(TemplateContext context, string body) => context.AmbientValues[Body] = body;

    private static async ValueTask<Completion> WriteAsync(
        IReadOnlyList<Statement> statements, TextWriter writer, TextEncoder encoder, TemplateContext context)
    {
        foreach (var statement in statements)
        {
            var completion = await statement.WriteToAsync(writer, encoder, context).ConfigureAwait(false);
            if (completion != Completion.Normal)
                return completion;
        }
        return Completion.Normal;
    }
}
