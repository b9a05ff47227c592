namespace SmtpTransport.OutboxSimulation;

/// <summary>A person's words, which hold from the moment their calls return.</summary>
internal sealed partial class Simulation
{
    private bool _isPaused;
    private int _resumes;
    private int _resuming;

    /// <summary>A transaction for an email begins.</summary>
    public void Begin(SimulatedEmail mail)
    {
        if (_isPaused)
            Violate($"{mail.Name} begins although the sending was paused");
        if (mail.IsHeld)
            Violate($"{mail.Name} begins although it was canceled");
    }

    private void Pause(SimulatedProcess process) => Observe(process, "pause", async () =>
    {
        var resumes = _resumes;
        await process.Outbox.PauseAsync();
        // Which of two calls at once was the last one is not known.
        _isPaused |= _resumes == resumes && _resuming == 0;
    });

    private void Resume(SimulatedProcess process)
    {
        _isPaused = false;
        Observe(
            process, "resume",
            async () =>
            {
                (_resumes, _resuming) = (_resumes + 1, _resuming + 1);
                try
                {
                    await process.Outbox.ResumeAsync();
                }
                finally
                {
                    // If it fails, the database may carry it out later.
                    _resumes++;
                    _resuming--;
                }
            });
    }

    private void Cancel(SimulatedProcess process, SimulatedEmail mail, Guid id) => Observe(process, $"cancel {mail.Name}", async () =>
    {
        var resends = mail.Resends;
        mail.IsCanceled |= await process.Outbox.CancelAsync(id);
        mail.IsHeld = mail.IsCanceled && mail.Resends == resends;
    });
}
