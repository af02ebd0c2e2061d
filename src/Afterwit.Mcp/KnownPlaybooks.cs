namespace Afterwit.Mcp;

/// <summary>Which question led to each playbook that was given out: a playbook is made anew from what is known each time, and its id says nothing of its task. Thread-safe.</summary>
internal sealed class KnownPlaybooks
{
    private const int Most = 1000;

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, RecallQuery> _queries = new(StringComparer.Ordinal);

    /// <summary>Notes that a question led to a playbook. The oldest gives way.</summary>
    public void Note(string playbook, RecallQuery query)
    {
        lock (_lock)
        {
            _queries.Remove(playbook);
            if (_queries.Count == Most)
                _queries.RemoveAt(0);
            _queries.Add(playbook, query);
        }
    }

    /// <summary>The question that led to a playbook. Null when this process never gave it out.</summary>
    public RecallQuery? QueryOf(string playbook)
    {
        lock (_lock)
            return _queries.GetValueOrDefault(playbook);
    }
}
