namespace Afterwit.Storage;

/// <summary>The statements that write packs of steps. Each keeps the totals exact.</summary>
internal static class PackCommands
{
    /// <summary>In SQL: the packs of the episode whose id is ?1.</summary>
    public const string OfEpisode = $"key >= {EpisodeCommands.KeyById} << 20 AND key < ({EpisodeCommands.KeyById} + 1) << 20";

    /// <summary>Counts packs that were added. Returns how many are new to the decision about a dictionary, as soon as they are enough bytes to learn from.</summary>
    private static readonly string Count = $"""
        UPDATE totals SET packs = packs + ?1, raw_bytes = raw_bytes + ?2, stored_bytes = stored_bytes + ?3,
            new_packs = new_packs + ?1, new_raw_bytes = new_raw_bytes + ?2, new_stored_bytes = new_stored_bytes + ?3
        RETURNING CASE WHEN new_raw_bytes >= {DictionaryPolicy.FirstBytes} THEN new_packs ELSE 0 END
        """;

    /// <summary>Steps and long texts of finished episodes that have no packs yet.</summary>
    public static IEnumerable<Command> Insert(IReadOnlyList<Episode> episodes, PayloadCodec codec)
    {
        var rows = new List<SqlValue[]>();
        var (raw, stored) = (0L, 0L);
        var packed = episodes.MapOverCores(episode => StepPack.Of(HeadOf(episode), episode.Steps).Select(pack => (pack.First, pack.Record.Length, Payload: codec.Encode(PayloadKind.Episode, pack.Record))).ToList());
        for (var i = 0; i < packed.Length; i++)
        {
            foreach (var (first, length, payload) in packed[i])
            {
                rows.Add([episodes[i].Id.Value, first, length, payload]);
                raw += length;
                stored += payload.Length;
            }
        }

        yield return new($"INSERT INTO step_packs(key, raw_bytes, payload) VALUES (({EpisodeCommands.KeyById} << 20) + ?2, ?3, ?4)", rows);
        if (rows.Count > 0)
            yield return new(Count, rows.Count, raw, stored);
    }

    /// <summary>The bytes of packs that a unit inserts, before and after compression.</summary>
    public static (long Raw, long Stored) BytesOf(IReadOnlyList<Command> unit) =>
        unit.FirstOrDefault(command => command.Sql == Count) is { } counted ? (counted.Rows[0][1].AsInt64(), counted.Rows[0][2].AsInt64()) : default;

    /// <summary>Takes the packs of episodes out.</summary>
    /// <param name="ids">The id of an episode in each row.</param>
    public static IEnumerable<Command> Delete(IReadOnlyList<SqlValue[]> ids)
    {
        yield return new(
            $"""
            UPDATE totals SET (packs, raw_bytes, stored_bytes) = (
                SELECT totals.packs - count(*), totals.raw_bytes - coalesce(sum(p.raw_bytes), 0), totals.stored_bytes - coalesce(sum(length(p.payload)), 0)
                FROM step_packs p WHERE {OfEpisode})
            """,
            ids);
        yield return new($"DELETE FROM step_packs WHERE {OfEpisode}", ids);
    }

    /// <summary>How many packs are new to the decision about a dictionary, as the unit found it; 0 when it wrote none.</summary>
    public static long New(IReadOnlyList<Command> unit, IReadOnlyList<CommandResult> results)
    {
        for (var i = 0; i < results.Count; i++)
        {
            if (unit[i].Sql == Count)
                return results[i].Returned ?? 0;
        }

        return 0;
    }

    private static PackedHead HeadOf(Episode e) => new(
        e.Outcome?.Summary,
        e.Reward is null ? null : StoreJson.Write(e.Reward.Components, StoreJson.Default.IReadOnlyListRewardComponent),
        e.Reflection is null ? null : StoreJson.Write(e.Reflection, StoreJson.Default.Reflection));
}
