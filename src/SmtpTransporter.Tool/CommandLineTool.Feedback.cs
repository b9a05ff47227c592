using System.CommandLine;

namespace SmtpTransport.Tool;

internal sealed partial class CommandLineTool
{
    private Command Feedback()
    {
        var from = new Argument<string>("from")
        {
            Description = "A message in a file, a folder or Maildir of messages, imaps://user@host/folder, or - for the standard input.",
        };
        var command = new Command(
            "feedback",
            "Shows what emails that came back say: bounces, complaints, read receipts, automatic replies, unsubscribes. Changes nothing.")
        {
            from, Timeout, Trust, AsJson,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var (place, json) = (parsed.GetValue(from)!, parsed.GetValue(AsJson));
            if (MailboxMessages.IsMailbox(place))
            {
                var options = MailboxMessages.GetOptions(place, context, !json);
                options = options with { Server = Server.Apply(options.Server, parsed.GetValue(Timeout), parsed.GetValue(Trust)) };
                var messages = MailboxMessages.FindAsync(options, cancellationToken);
                return FeedbackCommand.RunAsync(messages, place, json, context, cancellationToken);
            }
            if (parsed.GetValue(Timeout) is not null || parsed.GetValue(Trust) is not null)
                throw new UsageException("--timeout and --trust need a mailbox, such as imaps://user@host/folder.");
            return FeedbackCommand.RunAsync(MessageFiles.FindAsync(place, context), place, json, context, cancellationToken);
        });
        return command;
    }
}
