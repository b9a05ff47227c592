namespace SmtpTransport.OutboxSimulation;

/// <summary>What is known of one email, whatever the outbox says.</summary>
internal sealed class SimulatedEmail(string name, string? key)
{
    public string Name => name;

    public string Address => $"{name}@example.org";

    public string? Key => key;

    /// <summary>The id that a caller was told.</summary>
    public Guid? Id { get; set; }

    /// <summary>Whether a caller was told that it is stored; null if nobody knows.</summary>
    public bool? IsStored { get; set; } = false;

    /// <summary>How many times the server has accepted it.</summary>
    public int Accepted { get; set; }

    public bool IsRefused { get; set; }

    /// <summary>How many times a person has decided to send it again.</summary>
    public int Resends { get; set; }

    public bool IsCanceled { get; set; }

    /// <summary>Whether no transaction for it may begin: a caller was told that it is canceled.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Why nobody can know what became of it: the answer was lost, or its worker.</summary>
    public string? Doubt { get; set; }

    /// <summary>How many workers ended while they held it.</summary>
    public int Losses { get; set; }
}
