using System.Diagnostics;

namespace Afterwit.Storage;

/// <summary>
/// Episodes that many callers ask for by id at the same time. Where a read takes long, as on a server, no more than two are under way: who asks meanwhile waits for one of them to end,
/// and then all who wait go together as one. Where a read is short, as on a file, nobody waits.
/// </summary>
/// <param name="single">Reads one.</param>
/// <param name="many">Reads many, in the order asked.</param>
internal sealed class CoalescedReads(Func<EpisodeId, CancellationToken, Task<Episode?>> single, Func<IReadOnlyList<EpisodeId>, CancellationToken, Task<IReadOnlyList<Episode?>>> many)
{
    private const int MostUnderWay = 2;
    private const int MostTogether = 64;

    /// <summary>A shorter read is over before waiting for it would have saved anything.</summary>
    private static readonly double Long = TimeSpan.FromMilliseconds(1).TotalSeconds * Stopwatch.Frequency;

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = [];
    private double _mean;
    private int _underWay;

    /// <summary>Reads an episode. Null when there is none.</summary>
    public Task<Episode?> GetAsync(EpisodeId id, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_underWay >= MostUnderWay && _mean > Long)
            {
                var waiting = new Waiting(id);
                _waiting.Enqueue(waiting);
                return waiting.Task.WaitAsync(cancellationToken);
            }

            _underWay++;
        }

        return AloneAsync(id, cancellationToken);
    }

    private async Task<Episode?> AloneAsync(EpisodeId id, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            return await single(id, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Ended(start);
        }
    }

    private async Task TogetherAsync(List<Waiting> group)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            var found = await many([.. group.Select(w => w.Id)], CancellationToken.None).ConfigureAwait(false);
            for (var i = 0; i < group.Count; i++)
                group[i].SetResult(found[i]);
        }
        catch (Exception) when (group.Count > 1)
        {
            // One of them may be the reason, such as an answer that is too large or a payload that cannot be read: each hears of its own.
            foreach (var waiting in group)
                await waiting.RunAsync(single).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            group[0].SetException(e);
        }
        finally
        {
            Ended(start);
        }
    }

    /// <summary>A read is over: those who wait go together.</summary>
    private void Ended(long start)
    {
        List<Waiting> group = [];
        lock (_gate)
        {
            _mean += (Stopwatch.GetTimestamp() - start - _mean) / 8;
            while (group.Count < MostTogether && _waiting.TryDequeue(out var waiting))
                group.Add(waiting);
            if (group.Count == 0)
                _underWay--;
        }

        if (group.Count > 0)
            _ = Task.Run(() => TogetherAsync(group)); // an engine may answer on its caller's thread: who just has his episode does not read for the others
    }

    private sealed class Waiting(EpisodeId id) : TaskCompletionSource<Episode?>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public EpisodeId Id => id;

        public async Task RunAsync(Func<EpisodeId, CancellationToken, Task<Episode?>> single)
        {
            try
            {
                SetResult(await single(id, CancellationToken.None).ConfigureAwait(false));
            }
            catch (Exception e)
            {
                SetException(e);
            }
        }
    }
}
