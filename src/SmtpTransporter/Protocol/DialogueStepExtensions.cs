namespace SmtpTransport;

/// <summary>Names the steps of a connection for results.</summary>
internal static class DialogueStepExtensions
{
    /// <summary>The step as a result names it.</summary>
    public static SendStep ToSendStep(this DialogueStep step) => step switch
    {
        // The client is asked to connect before it is known what it does first.
        DialogueStep.None or DialogueStep.Connect => SendStep.Connect,
        DialogueStep.Resolve => SendStep.Resolve,
        DialogueStep.Greeting => SendStep.Greeting,
        DialogueStep.Hello => SendStep.Hello,
        DialogueStep.StartTls => SendStep.StartTls,
        DialogueStep.TlsHandshake => SendStep.TlsHandshake,
        DialogueStep.Authenticate => SendStep.Authenticate,
        DialogueStep.NoOp => SendStep.NoOp,
        DialogueStep.Mail => SendStep.Mail,
        DialogueStep.Recipients => SendStep.Recipients,
        DialogueStep.Data => SendStep.Data,
        DialogueStep.Body => SendStep.Message,
        DialogueStep.FinalReply => SendStep.Reply,
        // Authenticated, and all that was asked was answered.
        _ => SendStep.Authenticate,
    };
}
