using Afterwit.LibSql.Protocol;

namespace Afterwit.LibSql.Transport;

/// <summary>
/// Whether the server keeps the text of a long statement for its socket, so that only a number is sent. It saves the server no work, only bytes on the way up;
/// what that is worth depends on the link. So both ways are tried in turn, timed, and the faster one is kept until the next trial.
/// </summary>
internal sealed class StoredSql
{
    /// <summary>Shorter texts are always sent: they fit into the packet that goes anyway.</summary>
    private const int MinLength = 512;

    /// <summary>Executions of a trial, half of them each way.</summary>
    private const int Trial = 24;

    /// <summary>Executions after which the link is tried anew.</summary>
    private const int Again = 4096;

    /// <summary>The most texts that are kept, the first that come; the server allows 150.</summary>
    private const int Capacity = 128;

    /// <summary>The gain that is worth keeping a text for.</summary>
    private static readonly TimeSpan MinGain = TimeSpan.FromMilliseconds(0.2);

    private readonly Dictionary<string, Text> _texts = new(StringComparer.Ordinal);
    private int _lastId;

    /// <summary>How a statement goes next.</summary>
    /// <param name="prepared">The statement.</param>
    /// <param name="store">The number under which its text has to be stored first; 0 when it need not. <see cref="Kept"/> is to be called once that has been sent.</param>
    /// <returns>The number of its text; 0 when the text itself goes.</returns>
    public int Choose(PreparedStatement prepared, out int store)
    {
        store = 0;
        if (prepared.Utf8.Length < MinLength)
            return 0;
        lock (_texts)
        {
            if (!_texts.TryGetValue(prepared.Sql, out var text))
            {
                if (_texts.Count == Capacity)
                    return 0;
                _texts[prepared.Sql] = text = new();
            }

            var round = text.Executions++ % Again;
            if (round == 0)
                (text.Whole, text.ByNumber) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
            var byNumber = round < Trial ? round % 2 == 1 : text.Whole - text.ByNumber > MinGain;
            if (!byNumber || text.Id != 0 || text.IsBeingStored)
                return byNumber ? text.Id : 0;
            text.IsBeingStored = true;
            return store = ++_lastId;
        }
    }

    /// <summary>The text is on its way: whoever sends after this may use its number.</summary>
    public void Kept(PreparedStatement prepared, int id)
    {
        lock (_texts)
            _texts[prepared.Sql].Id = id;
    }

    /// <summary>Takes in how long an execution took. The shortest counts: what is longer had to wait for something else.</summary>
    public void Took(in HranaRequest request, TimeSpan elapsed)
    {
        if (request.Statement.Prepared.Utf8.Length < MinLength)
            return;
        lock (_texts)
        {
            if (!_texts.TryGetValue(request.Statement.Prepared.Sql, out var text))
                return;
            if (request.Statement.SqlId == 0)
                text.Whole = elapsed < text.Whole ? elapsed : text.Whole;
            else
                text.ByNumber = elapsed < text.ByNumber ? elapsed : text.ByNumber;
        }
    }

    private sealed class Text
    {
        public int Id { get; set; }

        public bool IsBeingStored { get; set; }

        public int Executions { get; set; }

        public TimeSpan Whole { get; set; }

        public TimeSpan ByNumber { get; set; }
    }
}
