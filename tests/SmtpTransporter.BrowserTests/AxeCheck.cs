using Deque.AxeCore.Commons;

namespace SmtpTransport.BrowserTests;

/// <summary>The rules of axe-core for WCAG 2.2, levels A and AA.</summary>
internal static class AxeCheck
{
    // A frame has the HTML of a message, which is not the page's own.
    private const string Run = """
        axe.run(document, {
          runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], iframes: false,
        }).then(result => [
          ...result.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target}: ${node.failureSummary}`)),
          ...result.passes.length > 10 ? [] : [`Only ${result.passes.length} rules had something to check.`],
        ].join("\n"))
        """;

    /// <summary>Brings a page into each of its states, and checks it there.</summary>
    /// <param name="evaluate">Runs a script in the page whose result is a text or the promise of one.</param>
    /// <param name="states">Each state: what is done, and what is then to be seen.</param>
    public static async Task CheckAsync(
        Func<string, Task<string>> evaluate, params (string Name, string Do, string Until)[] states)
    {
        await evaluate(new BundledAxeScriptProvider().GetScript() + "\n;'ready'");
        foreach (var (name, script, until) in states)
        {
            var seen = await evaluate($$"""
                (() => {
                  {{script}};
                  const limit = Date.now() + 20000;
                  return new Promise(done => {
                    const look = () => document.querySelector("{{until}}") ? done("seen")
                      : Date.now() > limit ? done("not seen") : requestAnimationFrame(look);
                    look();
                  });
                })()
                """);
            Assert.True(seen == "seen", $"{name}: {until} is not to be seen.");
            var violations = await evaluate(Run);
            Assert.True(violations.Length == 0, $"{name}: {violations}");
        }
    }
}
