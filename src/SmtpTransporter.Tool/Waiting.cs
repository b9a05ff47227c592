using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>Shows on a terminal what is done, and how far it has come. A pipe or a file gets nothing of it.</summary>
internal static class Waiting
{
    /// <summary>Shows a text until the operation ends.</summary>
    public static async Task<T> ShowAsync<T>(IAnsiConsole screen, string text, Func<Task<T>> operation) =>
        IsTerminal(screen) ? await screen.Status().StartAsync(Markup.Escape(text), _ => operation()) : await operation();

    /// <summary>Shows a bar until the operation ends. It calls the given function with its count and a description.</summary>
    public static async Task ShowAsync(IAnsiConsole screen, long? total, Func<Action<long, string>, Task> operation)
    {
        if (!IsTerminal(screen))
        {
            await operation((_, _) => { });
            return;
        }
        ProgressColumn[] columns =
            [new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()];
        await screen.Progress().Columns(columns).StartAsync(async progress =>
        {
            var task = progress.AddTask("Sending", maxValue: total ?? double.MaxValue);
            task.IsIndeterminate = total is null;
            await operation((count, text) => (task.Value, task.Description) = (count, Markup.Escape(text)));
        });
    }

    /// <summary>Whether a person sees it, and it can be drawn again.</summary>
    public static bool IsTerminal(IAnsiConsole screen) =>
        screen.Profile.Capabilities.Interactive && screen.Profile.Capabilities.Ansi;
}
