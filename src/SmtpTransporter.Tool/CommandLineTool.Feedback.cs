using System.CommandLine;

namespace SmtpTransport.Tool;

internal sealed partial class CommandLineTool
{
    private Command Feedback()
    {
        var from = new Argument<string>("from")
        {
            Description = "A message in a file, a folder or Maildir of messages, or - for the standard input.",
        };
        var command = new Command(
            "feedback",
            "Shows what emails that came back say: bounces, complaints, read receipts, automatic replies, unsubscribes. Changes nothing.")
        {
            from, AsJson,
        };
        command.SetAction((parsed, cancellationToken) =>
            FeedbackCommand.RunAsync(parsed.GetValue(from)!, parsed.GetValue(AsJson), context, cancellationToken));
        return command;
    }
}
