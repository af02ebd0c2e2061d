namespace Afterwit.Storage;

/// <summary>Reads an episode that is larger than an answer of the server: where its steps are, and then the steps in parts.</summary>
internal static class LongEpisode
{
    /// <summary>So often it is read anew because another process changed it meanwhile.</summary>
    private const int MaxAttempts = 10;

    /// <summary>All of the episode, unless it is known.</summary>
    /// <exception cref="DatabaseException">It changes all the time.</exception>
    public static async Task<StoredEpisode> ReadAsync(IDatabase database, KnownEpisode episode, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var (found, rows, packs, before, after) = (new StoredEpisode(), new List<long>(), new List<long>(), default(StoredVersion), default(StoredVersion));
            await database.ReadAsync(
                [
                    EpisodeQueries.Versions([episode.Id], (_, version) => before = version), EpisodeQueries.Heads(EpisodeSource.Of([episode]), head => found.Head = head),
                    EpisodeQueries.KeysOf("steps", episode.Id, rows.Add), EpisodeQueries.KeysOf("step_packs", episode.Id, packs.Add),
                ],
                cancellationToken).ConfigureAwait(false);
            if (found.Head is null)
                return found;
            await database.ReadInPartsAsync(rows, keys => [EpisodeQueries.StepsByKey(keys, found.Rows.Add)], alone: null, cancellationToken).ConfigureAwait(false);
            await database.ReadInPartsAsync(packs, keys => [PackQueries.ByKey(keys, found.Packs.Add)], alone: null, cancellationToken).ConfigureAwait(false);
            await database.ReadAsync([EpisodeQueries.Versions([episode.Id], (_, version) => after = version)], cancellationToken).ConfigureAwait(false);
            if (before == after && found.Rows.Count == rows.Count && found.Packs.Count == packs.Count)
                return found;
        }

        throw new DatabaseException($"Episode {episode.Id} was changed by another process while it was read, again and again. Try again.", isTransient: true);
    }
}
