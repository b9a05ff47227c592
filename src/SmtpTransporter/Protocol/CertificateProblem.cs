namespace SmtpTransport;

/// <summary>Why a server's certificate was refused.</summary>
/// <param name="Text">What is wrong with it, with its dates and names, which the server wrote.</param>
/// <param name="Code">The explanation in the catalog, which has the remedy.</param>
internal sealed record CertificateProblem(ErrorText Text, string Code)
{
    /// <summary>Several problems in one sentence; the first one is explained.</summary>
    public static CertificateProblem? Of(IReadOnlyList<CertificateProblem> all)
    {
        if (all.Count < 2)
            return all.Count == 0 ? null : all[0];
        ErrorText text = $"{all[0].Text}";
        for (var i = 1; i < all.Count; i++)
            text = $"{text}; and {all[i].Text}";
        return new(text, all[0].Code);
    }
}
