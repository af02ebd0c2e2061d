namespace Afterwit.Storage;

/// <summary>
/// Writes a part of a batch in one transaction. It begins with the belief that everything new is new, which is one round trip when it is so. Only when the database objects
/// does it look at what is there, and writes again what that left to do.
/// </summary>
internal sealed class BatchWriter(SqlMemoryStore store, BatchLedger ledger, Range part, DateTimeOffset at, long write)
{
    /// <summary>So often a write that another process came before is made anew.</summary>
    private const int MaxAttempts = 10;

    /// <summary>What was there to be removed at any look: a removal that is sent again, because its answer was lost, finds nothing.</summary>
    private readonly HashSet<int> _wasThere = [];

    private List<Placed<Episode>> _written = [];
    private HashSet<int> _added = [];
    private BatchView? _view;

    /// <summary>Writes the part, and settles every item of it.</summary>
    /// <exception cref="BatchException">The batch is atomic, and an item cannot be written.</exception>
    public async Task WriteAsync(bool atomic, CancellationToken cancellationToken)
    {
        // What is removed has to be seen first; and of vectors of different lengths the stored ones say which are wrong.
        var mixed = Open(ledger.Embeddings).GroupBy(e => e.Item.Model, e => e.Item.Vector.Length, StringComparer.Ordinal).Any(lengths => lengths.Distinct().Count() > 1);
        if (mixed || Open(ledger.Unrelated).Count + Open(ledger.RemovedEmbeddings).Count + Open(ledger.Forgotten).Count > 0)
            await LookAsync(atomic, cancellationToken).ConfigureAwait(false);
        for (var attempt = 1; ; attempt++)
        {
            var unit = Unit(out var retired);
            try
            {
                var results = unit.Count == 0 ? [] : await store.Payloads.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
                Settle((i, _) => results[retired + i].Changed > 0);
                return;
            }
            catch (ConflictException) when (attempt < MaxAttempts)
            {
                if (await LookAsync(atomic, cancellationToken).ConfigureAwait(false))
                {
                    Settle((_, id) => _view!.Patterns.Contains(id));
                    return;
                }
            }
        }
    }

    private List<Placed<T>> Open<T>(IReadOnlyList<Placed<T>> list) => ledger.Open(list, part);

    /// <summary>Looks at what is there, and gives up the items that cannot be written beside it.</summary>
    /// <returns>True when the last attempt was kept, and only its answer lost.</returns>
    private async Task<bool> LookAsync(bool atomic, CancellationToken cancellationToken)
    {
        List<Episode> episodes = [.. Last().Select(e => e.Item)];
        var embeddings = Open(ledger.Embeddings);
        List<EpisodeId> forgotten = [.. Open(ledger.Forgotten).Select(f => f.Item)];
        _view = new(episodes, store.Payloads);
        List<Query> queries =
        [
            .. _view.Queries(forgotten, Open(ledger.Relationships).Select(r => r.Item), Open(ledger.Retired).Select(r => r.Item.Key)),
            .. BatchView.Find(Open(ledger.Unrelated), Open(ledger.RemovedEmbeddings), place => _wasThere.Add(place)),
        ];
        var reading = _view.Contents.ReadAsync(store.Database, _view.Known(forgotten), queries, cancellationToken);
        var checking = embeddings.Count == 0 ? Task.FromResult<IReadOnlyList<string?>>([])
            : store.FindEmbeddingProblemsAsync([.. embeddings.Select(e => e.Item)], episodes.Select(e => e.Id).ToHashSet(), cancellationToken);
        await Task.WhenAll(reading, checking).ConfigureAwait(false);
        _wasThere.UnionWith(Open(ledger.Forgotten).Where(f => _view.Versions.ContainsKey(f.Item)).Select(f => f.Place));
        if (_written.Any(e => _view.Versions.TryGetValue(e.Item.Id, out var version) && version.WriteId == write))
            return true;

        if (!atomic)
            FailUnreadable();
        var problems = await checking.ConfigureAwait(false);
        for (var i = 0; i < problems.Count; i++)
        {
            if (problems[i] is { } problem)
                ledger.Fail(embeddings[i].Place, problem);
        }

        foreach (var (place, edge) in Open(ledger.Relationships))
        {
            if (_view.Refusal(edge) is { } refusal)
                ledger.Fail(place, refusal);
        }

        if (atomic)
            ledger.ThrowIfAnyFailed();
        return false;
    }

    /// <summary>Gives up what is to be replaced or forgotten and cannot be decoded: what it taught could not be taken back.</summary>
    private void FailUnreadable()
    {
        foreach (var (place, id) in (IEnumerable<(int, EpisodeId)>)[.. Open(ledger.Episodes).Select(e => (e.Place, e.Item.Id)), .. Open(ledger.Forgotten).Select(f => (f.Place, f.Item))])
        {
            try
            {
                _view!.Contents.Get(id);
            }
            catch (DatabaseException e)
            {
                ledger.Fail(place, $"the stored episode {id} cannot be read: {e.Message}");
            }
        }
    }

    /// <summary>All that is left to do.</summary>
    private List<Command> Unit(out int retired)
    {
        var episodes = Last();
        var added = episodes.FindAll(e => _view?.Versions.ContainsKey(e.Item.Id) != true);
        var changed = episodes.FindAll(e => _view?.Contents.Contains(e.Item.Id) == true);
        List<EpisodeId> forgotten = [.. Open(ledger.Forgotten).Select(f => f.Item).Distinct().Where(id => _view!.Contents.Contains(id))];
        _written = [.. added, .. changed];
        _added = [.. added.Select(e => e.Place)];
        List<Episode> heads = [.. _written.Select(e => e.Item)];
        List<Command> unit =
        [
            .. Remove([.. changed.Select(e => e.Item.Id), .. forgotten]),
            EpisodeCommands.DeleteHeads(forgotten),
            EpisodeCommands.Replace(changed.Select(e => e.Item), write),
            EpisodeCommands.Insert([.. added.Select(e => e.Item)], write, "An episode was stored by another process at the same time, again and again."),
            .. EpisodeCommands.InsertMarks(heads),
            EpisodeCommands.InsertSteps(heads.Where(e => e.Outcome is null)),
            .. PackCommands.Insert(heads.FindAll(e => e.Outcome is not null), store.Payloads.Codec),
            .. Teach(heads.FindAll(e => e.Outcome is not null)),
        ];
        if (Open(ledger.Embeddings) is { Count: > 0 } embeddings)
            unit.AddRange(store.PutEmbeddings([.. embeddings.Select(e => e.Item)]));
        unit.AddRange(Open(ledger.Relationships).Select(r => RelationshipCommands.Add(r.Item, at)));
        unit.AddRange(Open(ledger.Unrelated).Select(r => RelationshipCommands.Remove(r.Item.From, r.Item.Kind, r.Item.To)));
        unit.AddRange(EmbeddingCommands.Remove(Open(ledger.RemovedEmbeddings).Select(e => e.Item)));
        unit.RemoveAll(command => command.Rows.Count == 0);
        retired = unit.Count;
        unit.AddRange(Open(ledger.Retired).Select(r => PatternCommands.Retire(r.Item.Key, r.Item.Value)));
        return unit;
    }

    /// <summary>What takes the content of stored episodes out: their documents, what they taught, their rows.</summary>
    private IEnumerable<Command> Remove(IReadOnlyList<EpisodeId> ids)
    {
        if (ids.Count == 0)
            return [];
        List<Episode> contents = [.. ids.Select(id => _view!.Contents.Get(id)!)];
        IReadOnlyList<Episode> finished = [.. contents.Where(e => e.Outcome is not null)];
        return
        [
            EpisodeCommands.Guard(contents.Select(e => (e, _view!.Versions[e.Id]))),
            .. finished.Count == 0 ? [] : EpisodeCommands.Index(finished, remove: true),
            .. finished.SelectMany(e => PatternCommands.Unlearn(new(e, Learner.Observe(e)))),
            .. EpisodeCommands.DeleteContent(ids),
        ];
    }

    private static IEnumerable<Command> Teach(List<Episode> finished) =>
        finished.Count == 0 ? [] : [.. EpisodeCommands.Index(finished, remove: false), .. PatternCommands.Learn(finished.MapOverCores(e => new LearnedEpisode(e, Learner.Observe(e))))];

    /// <summary>The open episodes; of several with one id the last.</summary>
    private List<Placed<Episode>> Last()
    {
        var open = Open(ledger.Episodes);
        var last = new Dictionary<EpisodeId, int>(open.Count);
        foreach (var (place, episode) in open)
            last[episode.Id] = place;
        return open.FindAll(e => last[e.Item.Id] == e.Place);
    }

    private void Settle(Func<int, PatternId, bool> isThere)
    {
        var written = _written.Select(e => e.Place).ToHashSet();
        foreach (var (place, _) in Open(ledger.Episodes))
            ledger.Settle(place, written.Contains(place) ? BatchOutcome.Stored : BatchOutcome.Unchanged, _added.Contains(place));
        SettleAll(ledger.Embeddings, _ => BatchOutcome.Stored);
        SettleAll(ledger.Relationships, _ => BatchOutcome.Stored);
        var retired = Open(ledger.Retired);
        for (var i = 0; i < retired.Count; i++)
            ledger.Settle(retired[i].Place, isThere(i, retired[i].Item.Key) ? BatchOutcome.Stored : BatchOutcome.NotFound);
        SettleAll(ledger.Unrelated, Removed);
        SettleAll(ledger.RemovedEmbeddings, Removed);
        SettleAll(ledger.Forgotten, Removed);

        BatchOutcome Removed(int place) => _wasThere.Contains(place) ? BatchOutcome.Removed : BatchOutcome.NotFound;

        void SettleAll<T>(IReadOnlyList<Placed<T>> list, Func<int, BatchOutcome> outcome)
        {
            foreach (var (place, _) in Open(list))
                ledger.Settle(place, outcome(place));
        }
    }
}
