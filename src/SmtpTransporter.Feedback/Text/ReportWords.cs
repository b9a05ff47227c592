namespace SmtpTransport.Feedback;

/// <summary>Finds what the words of a report say of one recipient.</summary>
/// <remarks>Each address is looked for behind the one before, so that a report with many recipients takes linear time.</remarks>
internal sealed class ReportWords(string text)
{
    private int _position;

    /// <summary>The words behind an address; all if it is the only one; else nothing.</summary>
    public string About(string address, bool isOnly, int max)
    {
        var found = address.Length == 0 || _position < 0 ? -1 : text.IndexOf(address, _position, StringComparison.OrdinalIgnoreCase);
        if (found >= 0)
        {
            _position = found + address.Length;
            // What follows the next empty line belongs to others, but the line itself may be in between.
            return text.Substring(_position, Math.Min(max, text.Length - _position));
        }
        // A report that names its recipients in another order, or not at all, is not searched again for each of them.
        if (!isOnly)
            _position = -1;
        return isOnly ? text : "";
    }
}
