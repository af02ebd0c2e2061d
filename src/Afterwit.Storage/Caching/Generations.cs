namespace Afterwit.Storage;

/// <summary>What a read can depend on, and a write can change.</summary>
internal enum Aspect
{
    /// <summary>One episode, by its id.</summary>
    Episode,

    /// <summary>Where an episode belongs, by its id.</summary>
    Place,

    /// <summary>The edges of an episode, by its id.</summary>
    Edges,

    /// <summary>The embeddings of an episode, by its id.</summary>
    Vectors,

    /// <summary>The heads of episodes, running ones and their counts of steps included.</summary>
    Heads,

    /// <summary>What finished episodes are found by and teach: the index, all vectors, patterns, evidence, feedback.</summary>
    Learned,

    /// <summary>The graph of episodes.</summary>
    Graph,
}

/// <summary>Where an episode belongs: what restricted queries tell apart.</summary>
internal sealed record Place(string? Domain, string? Project)
{
    public static Place Of(Episode episode) => new(episode.Context.Domain, episode.Scope.Project);
}

/// <summary>What a kept value depends on: up to four counters.</summary>
internal readonly record struct Dependencies(int First, int Second = 0, int Third = 0, int Fourth = 0);

/// <summary>
/// Counters that only grow: a write moves those of what it changed, and what is kept remembers the sum of those that it depends on, taken before it was read. The sum is the same
/// only as long as none of them moved. Each name has one of a fixed number of counters, by its hash: two names that share one cost a needless read, never a stale one.
/// </summary>
internal sealed class Generations
{
    // Counter 0 never moves: it stands for a dependency that is not there.
    private readonly long[] _counters = new long[1 << 16];
    private long _all;

    /// <summary>The sum of what a value depends on.</summary>
    public long Sum(in Dependencies on) =>
        Volatile.Read(ref _all) + Volatile.Read(ref _counters[on.First]) + Volatile.Read(ref _counters[on.Second]) + Volatile.Read(ref _counters[on.Third]) + Volatile.Read(ref _counters[on.Fourth]);

    /// <summary>The counters as they are now, for what will be known to depend on them once it is read.</summary>
    public Generations Copy()
    {
        var copy = new Generations { _all = Volatile.Read(ref _all) };
        for (var i = 0; i < _counters.Length; i++)
            copy._counters[i] = Volatile.Read(ref _counters[i]);
        return copy;
    }

    /// <summary>Something of one counter changed.</summary>
    public void Move(int counter) => Interlocked.Increment(ref _counters[counter]);

    /// <summary>Anything may have changed.</summary>
    public void MoveAll() => Interlocked.Increment(ref _all);

    /// <summary>Something of an aspect changed where an episode belongs; null when that is not known.</summary>
    public void Move(Aspect aspect, Place? place)
    {
        Move(Of(aspect)); // first: who finds it unmoved has seen none of the others move, either
        if (place is null)
        {
            Move(OfUnknown(aspect));
            return;
        }

        Move(OfDomain(aspect, place.Domain));
        Move(OfProject(aspect, place.Project));
    }

    /// <summary>An aspect of one domain, else of one project, else of everything.</summary>
    public static Dependencies On(Aspect aspect, string? domain = null, string? project = null) =>
        domain is not null ? new(OfDomain(aspect, domain), OfUnknown(aspect))
        : project is not null ? new(OfProject(aspect, project), OfUnknown(aspect))
        : new(Of(aspect));

    /// <summary>The counter of one episode.</summary>
    public static int Of(Aspect aspect, EpisodeId episode) => Counter(HashCode.Combine(aspect, episode.Value));

    /// <summary>The counter of a whole aspect: it moves with every change of it.</summary>
    public static int Of(Aspect aspect) => Counter(HashCode.Combine(aspect, Part.All));

    /// <summary>The counter of changes of which it is not known to what domain and project they belong.</summary>
    public static int OfUnknown(Aspect aspect) => Counter(HashCode.Combine(aspect, Part.Unknown));

    /// <summary>The counter of what one domain has of an aspect. None and an empty one are the same, as they are in the ids of patterns.</summary>
    private static int OfDomain(Aspect aspect, string? domain) => Counter(HashCode.Combine(aspect, Part.Domain, domain ?? ""));

    /// <summary>The counter of what one project has of an aspect.</summary>
    private static int OfProject(Aspect aspect, string? project) => Counter(HashCode.Combine(aspect, Part.Project, project ?? ""));

    private static int Counter(int hash) => 1 + (int)((uint)hash % ((1 << 16) - 1));

    private enum Part
    {
        All,
        Domain,
        Project,
        Unknown,
    }
}
