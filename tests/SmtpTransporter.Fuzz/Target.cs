using System.Buffers;
using System.Text;

namespace SmtpTransport.Fuzz;

/// <summary>Code that reads untrusted data, and the promises that it keeps for any input.</summary>
/// <param name="name">The name on the command line.</param>
/// <param name="words">The pieces of typical inputs, which random mutation would take too long to find.</param>
public abstract class Target(string name, params string[] words)
{
    private static readonly SearchValues<char> Quoting = SearchValues.Create("\"'<|0123456789");

    public static IReadOnlyList<Target> All { get; } =
    [
        new Targets.AddressesTarget(), new Targets.MimeTarget(), new Targets.ReceivedTarget(), new Targets.JsonTarget(),
        new Targets.OptionsTarget(), new Targets.RepliesTarget(),
    ];

    public string Name { get; } = name;

    /// <summary>The folder of the corpus, which targets with the same kind of input share.</summary>
    public virtual string Folder => Name;

    public IReadOnlyList<byte[]> Words { get; } = [.. words.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Runs one case.</summary>
    /// <returns>A short description of the outcome. An input with a new outcome is mutated further.</returns>
    /// <exception cref="BrokenPromiseException">The result is wrong. Any other exception is a failure, too.</exception>
    public abstract string Run(byte[] input);

    /// <summary>
    /// The input as text. Two noncharacters stand for the halves of a surrogate pair, which UTF-8 cannot encode.
    /// </summary>
    protected static string Text(byte[] input) => Encoding.UTF8.GetString(input).Replace('\uFFFE', '\uD83D').Replace('\uFFFF', '\uDE00');

    protected static void Require(bool holds, string promise)
    {
        if (!holds)
            throw new BrokenPromiseException(promise);
    }

    /// <summary>The kind of an exception, without the parts of its message that quote the input.</summary>
    protected static string Shape(Exception exception)
    {
        var message = exception.Message.AsSpan();
        var end = message.IndexOfAny(Quoting);
        return $"{exception.GetType().Name} {message[..Math.Min(end < 0 ? message.Length : end, 40)]}";
    }
}
