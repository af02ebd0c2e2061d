namespace Afterwit;

/// <summary>The memory of an agent: what it did goes in, what helps with the next task comes out. Thread-safe; open it once and keep it.</summary>
public sealed class AgentMemory : IAsyncDisposable
{
    private readonly IMemoryStore _store;
    private readonly TimeProvider _time;

    /// <summary>Creates a memory over a store, which it owns.</summary>
    public AgentMemory(IMemoryStore store, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>The store, for what the memory itself does not offer.</summary>
    public IMemoryStore Store => _store;

    /// <summary>Begins an episode.</summary>
    /// <param name="task">What is asked, in the words the agent sees.</param>
    /// <param name="scope">To whom it belongs.</param>
    /// <param name="context">The circumstances.</param>
    /// <param name="metadata">Anything else worth keeping.</param>
    /// <param name="cancellationToken">Stops before the write begins.</param>
    /// <exception cref="ArgumentException">The task is empty or not valid Unicode.</exception>
    public Task<EpisodeId> StartAsync(string task, Scope? scope = null, EpisodeContext? context = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Logs one step.</summary>
    /// <returns>Its ordinal.</returns>
    public Task<int> LogAsync(EpisodeId episode, Step step, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Logs steps in order, in one transaction.</summary>
    /// <returns>The ordinal of the first.</returns>
    public Task<int> LogAsync(EpisodeId episode, IReadOnlyList<Step> steps, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Ends an episode and learns from it, in one transaction.</summary>
    /// <returns>The episode with its reward and reflection.</returns>
    public Task<Episode> CompleteAsync(EpisodeId episode, Outcome outcome, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Finds what could help.</summary>
    public Task<RecallResult> RecallAsync(RecallQuery query, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Finds past episodes that could help with a task.</summary>
    public Task<RecallResult> RecallAsync(string text, CancellationToken cancellationToken = default) => RecallAsync(new RecallQuery { Text = text }, cancellationToken);

    /// <summary>Says what to do next and what to avoid.</summary>
    public Task<Advice> AdviseAsync(AdviceRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Says how a task like this is done. Null when no run like it succeeded.</summary>
    public Task<Playbook?> PlaybookAsync(RecallQuery query, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
