using System.Text.Json;

namespace Afterwit.Storage;

/// <summary>A pack as it is stored.</summary>
/// <param name="Key">The key of its first step.</param>
/// <param name="Payload">The encoded <see cref="StepPack"/>.</param>
internal readonly record struct StoredPack(long Key, byte[] Payload);

/// <summary>What is read of an episode, in whatever form it is stored: the head, rows of steps, packs of steps. Put together when all of it is there.</summary>
internal sealed class StoredEpisode
{
    private Episode? _whole;

    /// <summary>The head without its steps; null when there is none.</summary>
    public Episode? Head { get; set; }

    /// <summary>Steps that have a row each: of an episode that runs, or that an earlier release stored.</summary>
    public List<Step> Rows { get; } = [];

    /// <summary>Packs, in order.</summary>
    public List<StoredPack> Packs { get; } = [];

    /// <summary>The whole episode, put together once all is read; null when there is none. The dictionaries of its packs have to be known.</summary>
    /// <exception cref="DatabaseException">A pack cannot be decoded.</exception>
    public Episode? Assemble(PayloadCodec codec) => _whole ??= Decode(codec);

    private Episode? Decode(PayloadCodec codec)
    {
        if (Head is null || Packs.Count == 0)
            return Head is null ? null : Head with { Steps = Rows };
        var (head, steps) = (Head, new List<Step>());
        foreach (var pack in Packs)
        {
            var reader = Read(pack, codec);
            if (reader.Head != default)
                head = With(head, reader.Head);
            while (reader.Next())
                steps.Add(reader.ToStep());
        }

        return head with { Steps = steps };
    }

    /// <summary>The steps of a pack.</summary>
    /// <exception cref="DatabaseException">It cannot be decoded.</exception>
    public static StepPackReader Read(StoredPack pack, PayloadCodec codec) => new(codec.Decode(PayloadKind.Episode, pack.Payload), StepKey.Ordinal(pack.Key));

    private static Episode With(Episode head, PackedHead packed) => head with
    {
        Outcome = head.Outcome is null ? null : head.Outcome with { Summary = packed.Summary },
        Reward = head.Reward is null ? null : new(head.Reward.Value, Parse(packed.RewardParts, StoreJson.Default.IReadOnlyListRewardComponent) ?? []),
        Reflection = Parse(packed.Reflection, StoreJson.Default.Reflection),
    };

    /// <summary>Texts of the store's own making: what is no JSON is damage.</summary>
    private static T? Parse<T>(string? json, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return json is null ? null : StoreJson.Read(json, type);
        }
        catch (JsonException e)
        {
            throw new DatabaseException("A record of steps is damaged: its reward or reflection is not what was written. Restore a backup.", false, e);
        }
    }
}
