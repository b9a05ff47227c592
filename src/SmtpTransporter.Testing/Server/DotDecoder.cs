namespace SmtpTransport.Testing;

/// <summary>
/// Removes the stuffed dots from a message sent by DATA and finds its end (RFC 5321, section 4.5.2). Only CRLF begins a line: a dot after a
/// bare LF is text, because otherwise one message could smuggle in a second one.
/// </summary>
internal sealed class DotDecoder(MessageBuffer message)
{
    private enum State
    {
        LineStart,
        Dot,
        DotCarriageReturn,
        Text,
        CarriageReturn,
    }

    private State _state = State.LineStart;

    public bool IsComplete { get; private set; }

    /// <summary>Decodes up to the end of the message or of the input.</summary>
    /// <returns>The number of bytes consumed.</returns>
    public int Decode(ReadOnlySpan<byte> input)
    {
        var at = 0;
        while (at < input.Length && !IsComplete)
        {
            var next = input[at];
            switch (_state)
            {
                case State.LineStart when next == '.':
                    _state = State.Dot;
                    at++;
                    break;
                case State.LineStart:
                    _state = State.Text;
                    break;
                case State.Dot when next == '\r':
                    _state = State.DotCarriageReturn;
                    at++;
                    break;
                case State.Dot:
                    _state = State.Text;
                    break;
                case State.DotCarriageReturn when next == '\n':
                    IsComplete = true;
                    at++;
                    break;
                case State.DotCarriageReturn:
                case State.CarriageReturn when next != '\n':
                    message.MarkBareLineEnd();
                    message.Append("\r"u8);
                    _state = State.Text;
                    break;
                case State.CarriageReturn:
                    message.Append("\r\n"u8);
                    _state = State.LineStart;
                    at++;
                    break;
                default:
                    at += DecodeText(input[at..]);
                    break;
            }
        }
        return at;
    }

    private int DecodeText(ReadOnlySpan<byte> input)
    {
        var end = input.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0)
        {
            message.Append(input);
            return input.Length;
        }
        if (input[end] == '\r')
        {
            message.Append(input[..end]);
            _state = State.CarriageReturn;
            return end + 1;
        }
        message.MarkBareLineEnd();
        message.Append(input[..(end + 1)]);
        return end + 1;
    }
}
