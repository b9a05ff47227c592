using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>
/// Holds what the emails of a merge have in common, encoded once: the texts and the attachments of their template. Safe for concurrent
/// callers.
/// </summary>
#pragma warning disable CA1001 // Emails are not disposed; and a semaphore has no handle unless it is asked for one.
internal sealed class MergePartCache(Email template)
#pragma warning restore CA1001
{
    /// <summary>The largest attachment that is kept in memory, in bytes. A larger one is read again for each email.</summary>
    public const long MaxAttachment = 32 * 1024 * 1024;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ConcurrentDictionary<Key, MimeNode> _nodes = [];
    private readonly HashSet<object> _sources = new(
        [
            template.OwnBodies.Text ?? "", template.OwnBodies.Html ?? "", .. template.OwnAlternatives.Select(a => a.Content),
            .. template.Attachments,
        ],
        ReferenceEqualityComparer.Instance);

    /// <summary>Whether a text or an attachment is the template's own.</summary>
    public bool IsShared(object source) => _sources.Contains(source);

    /// <summary>
    /// Returns the part for a shared text or attachment, which the first caller creates. The others wait for it: it is the same work, and
    /// only one caller at a time can read a stream.
    /// </summary>
    /// <param name="async">Whether to wait and read without blocking a thread.</param>
    /// <param name="source">The text or the attachment.</param>
    /// <param name="type">The type of a text; empty for an attachment.</param>
    /// <param name="options">How the part is written.</param>
    /// <param name="create">Creates the part.</param>
    /// <param name="cancellationToken">Cancels waiting and reading.</param>
    public async ValueTask<MimeNode> GetOrCreateAsync(
        bool async,
        object source,
        string type,
        MimeWriteOptions options,
        Func<ValueTask<MimeNode>> create,
        CancellationToken cancellationToken)
    {
        var key = new Key(source, type, options);
        if (_nodes.TryGetValue(key, out var known))
            return known;
        if (async)
            await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        else
            _gate.Wait(cancellationToken);
        try
        {
            if (_nodes.TryGetValue(key, out known))
                return known;
            var node = await create().ConfigureAwait(false);
            if (node.Content is { Length: > MaxAttachment })
                return node;
            if (node.Content is { } content)
                node = node.WithOctets(await MimeWriter.EncodeAsync(async, content, cancellationToken).ConfigureAwait(false));
            return _nodes[key] = node;
        }
        finally
        {
            _gate.Release();
        }
    }

    private readonly record struct Key(object Source, string Type, MimeWriteOptions Options)
    {
        // Sources are compared by reference: a text may be long.
        public bool Equals(Key other) => ReferenceEquals(Source, other.Source) && Type == other.Type && Options == other.Options;

        public override int GetHashCode() => HashCode.Combine(RuntimeHelpers.GetHashCode(Source), Type);
    }
}
