namespace Afterwit.Cli.Demo;

/// <summary>All databases and questions of a run, made before it: two rounds for each seed, every round on databases of its own, and no question twice in the whole run.</summary>
internal sealed class Plan : IDisposable
{
    private readonly List<World> _worlds = [];
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public Plan(int seeds, int tasks)
    {
        Seeds = [.. Enumerable.Range(1, seeds).Select(seed => new SeedPlan(seed, Round(seed, 1, tasks), Round(seed, 2, tasks)))];
    }

    public IReadOnlyList<SeedPlan> Seeds { get; }

    public void Dispose() => _worlds.ForEach(w => w.Dispose());

    private List<Question> Round(int seed, int round, int tasks)
    {
        var random = new Random((seed * 1000) + round);
        var worlds = Field.All.Select(field => new World(field, random)).ToList();
        _worlds.AddRange(worlds);
        return [.. Enumerable.Range(0, tasks).Select(i => Ask(worlds[i % worlds.Count], random))];
    }

    private Question Ask(World world, Random random)
    {
        while (true)
        {
            var kind = world.Field.Kinds[random.Next(world.Field.Kinds.Count)];
            var question = new Question(world, (Shape)random.Next(Enum.GetValues<Shape>().Length), 20 + random.Next(400), kind, 2 + random.Next(6));
            world.Truth.Kind = world.Written(kind);
            var rows = world.Run(question.Sql(world.Truth)).Rows;
            // A question that has nothing for an answer could be solved by a query that finds nothing for a wrong reason.
            if (rows.Count > 0 && rows[0] is not ("" or "0") && _asked.Add(question.Text))
                return question with { Answer = [.. rows.Order(StringComparer.Ordinal)] };
        }
    }
}

/// <summary>The questions of one seed.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Learning">Round 1: the memory begins empty.</param>
/// <param name="Test">Round 2: other databases, other questions of the same kinds.</param>
internal sealed record SeedPlan(int Seed, IReadOnlyList<Question> Learning, IReadOnlyList<Question> Test);
