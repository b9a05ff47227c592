using SmtpTransport.Outbox;
using SmtpTransport.OutboxTests.Faults;

namespace SmtpTransport.OutboxSimulation;

/// <summary>
/// How one process reaches the server, which remembers every email: it answers, refuses, defers, hangs or loses the answer.
/// </summary>
internal sealed class SimulatedServer(Simulation simulation, SimulatedProcess process) : StoredMessageTransporter
{
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(60);

    public override async Task<SendResult> SendAsync(StoredMessage message, CancellationToken cancellationToken = default)
    {
        var mail = simulation.FindEmail(message.Recipients[0]);
        using var timeout = new CancellationTokenSource(SendTimeout, process.Time);
        using var sending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        await simulation.StepAsync(process, $"a connection for {mail.Name}");
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            using var permit = await message.BeforeEnvelope!(sending.Token);
            simulation.Begin(mail);
            await simulation.StepAsync(process, $"MAIL {mail.Name}");
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return FailedCallback(exception);
        }
        cancellationToken.ThrowIfCancellationRequested();
        switch (simulation.DrawReply())
        {
            case SimulatedReply.Refused:
                mail.IsRefused = true;
                return SendResult.Create(Outcome.Refused, 550, "5.1.1 Unknown");
            case SimulatedReply.Deferred:
                return SendResult.Create(Outcome.Deferred, 451, "4.3.0 Later");
            case SimulatedReply.Throws:
                throw new InvalidOperationException("A transporter of the application fails.");
            default:
                break;
        }
        try
        {
            await message.BeforeTransmission!(sending.Token);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return FailedCallback(exception);
        }
        var states = simulation.ReadStates(mail);
        if (!states.Any(s => s is OutboxState.Sending or OutboxState.Unknown))
            simulation.Violate($"the last bytes of {mail.Name} leave without a mark: {string.Join(", ", states)}");
        await simulation.StepAsync(process, $"the last bytes of {mail.Name}");
        var reply = simulation.DrawReply();
        if (reply is SimulatedReply.Accepted or SimulatedReply.AcceptedAndLost)
            simulation.Accept(mail);
        switch (reply)
        {
            case SimulatedReply.Refused:
                mail.IsRefused = true;
                return SendResult.Create(Outcome.Refused, 550, "5.7.1 No");
            case SimulatedReply.Deferred:
                return SendResult.Create(Outcome.Deferred, 451, "4.3.0 Later");
            case SimulatedReply.Lost or SimulatedReply.AcceptedAndLost:
                mail.Doubt = "the answer of the server was lost";
                return SendResult.Create(Outcome.Unknown, 0, "The connection was lost");
            case SimulatedReply.Hangs:
                mail.Doubt = "the server hung";
                await Task.Delay(Timeout.InfiniteTimeSpan, process.Time, sending.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return SendResult.Create(Outcome.Unknown, 0, "The send timed out");
            case SimulatedReply.Throws:
                mail.Doubt = "the transporter failed behind the last bytes";
                throw new InvalidOperationException("A transporter of the application fails late.");
            default:
                await simulation.StepAsync(process, $"the answer to {mail.Name}");
                return SendResult.Create(Outcome.Accepted, 250, "2.0.0 Ok");
        }
    }

    private static SendResult FailedCallback(Exception exception) => SendResult.Create(
        Outcome.NotSent, 0, "", [], [new SmtpError(SmtpErrorCodes.CallbackFailed, exception.Message, "conf")]);
}
