using System.Globalization;

namespace SmtpTransport.FeedbackTests;

/// <summary>A message of the scripted server.</summary>
internal sealed class ScriptedMessage(uint uid, byte[] content)
{
    public uint Uid { get; } = uid;

    public byte[] Content { get; } = content;

    public HashSet<string> Flags { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether it has none of the flags that a search excludes.</summary>
    public bool Matches(string search)
    {
        var words = search.Split(' ');
        // Only a range without an end is asked for.
        var first = Array.LastIndexOf(words, "UID") is > 0 and var place
            ? uint.Parse(words[place + 1].Split(':')[0], CultureInfo.InvariantCulture) : 0;
        return Uid >= first && !Flags.Any(flag => flag switch
        {
            @"\Seen" => words.Contains("UNSEEN"),
            @"\Deleted" => words.Contains("UNDELETED"),
            _ => Array.IndexOf(words, "UNKEYWORD") is >= 0 and var at && words[at + 1] == flag,
        });
    }
}
