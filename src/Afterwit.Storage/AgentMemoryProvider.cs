using Microsoft.Extensions.Options;

namespace Afterwit.Storage;

/// <summary>The memory of a host's services: opened when it is first asked for, once, and closed by the container. Thread-safe.</summary>
/// <remarks>Opening touches a disk or a network, so no constructor does it and nothing blocks on it: services take this and await <see cref="GetAsync"/> where they need the memory.</remarks>
/// <param name="options">Which memory, and how it is opened.</param>
/// <param name="time">The clock that episodes are dated by. Null means the system's.</param>
public sealed class AgentMemoryProvider(IOptions<AfterwitOptions> options, TimeProvider? time = null) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closing = new();
    private Task<AgentMemory>? _opening;
    private bool _closed;

    /// <summary>The memory. The first call opens it and the others wait for that; after a failure the next call tries again.</summary>
    /// <param name="cancellationToken">Stops waiting; opening goes on for the others.</param>
    /// <returns>The one memory of the container, which owns it: do not dispose it.</returns>
    /// <exception cref="OptionsValidationException">An option is not allowed; the message names the setting and its range.</exception>
    /// <exception cref="DatabaseException">It cannot be opened; the message says why and what to do.</exception>
    /// <exception cref="ObjectDisposedException">The container was disposed.</exception>
    public ValueTask<AgentMemory> GetAsync(CancellationToken cancellationToken = default)
    {
        Task<AgentMemory> opening;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_opening is null or { IsFaulted: true } or { IsCanceled: true })
                _opening = Task.Run(OpenAsync);
            opening = _opening;
        }

        return opening.IsCompletedSuccessfully ? new(opening.Result) : new(opening.WaitAsync(cancellationToken));
    }

    /// <summary>Stops opening, or waits for what is being written and closes the memory.</summary>
    public async ValueTask DisposeAsync()
    {
        Task<AgentMemory>? opening;
        lock (_lock)
        {
            if (_closed)
                return;
            _closed = true;
            opening = _opening;
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        if (opening is not null)
        {
            await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (opening.IsCompletedSuccessfully)
                await (await opening.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }

        _closing.Dispose();
    }

    private Task<AgentMemory> OpenAsync() => AgentMemory.OpenAsync(options.Value.Database, options.Value.Storage, time, _closing.Token);
}
