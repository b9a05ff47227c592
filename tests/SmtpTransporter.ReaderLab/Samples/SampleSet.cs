namespace SmtpTransport.ReaderLab.Samples;

/// <summary>All samples. Each has a name of its own.</summary>
internal static class SampleSet
{
    public static IReadOnlyList<Sample> All { get; } =
        [.. SubjectSamples.All, .. AddressSamples.All, .. TextSamples.All, .. FileSamples.All, .. TreeSamples.All];
}
