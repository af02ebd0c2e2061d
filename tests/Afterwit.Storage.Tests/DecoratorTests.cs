using System.Collections;
using System.Reflection;
using Afterwit.Storage.Tests.Databases;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>Every decorator hands every member on, with what it was given.</summary>
public sealed class DecoratorTests
{
    private static readonly EpisodeSummary Summary = new(Samples.Id(1), "task", Scope.Any, EpisodeContext.None, EpisodeStatus.Succeeded, Samples.Start, 1, 3, null);

    private static readonly Dictionary<Type, object> SampleOf = new()
    {
        [typeof(string)] = "text",
        [typeof(bool)] = true,
        [typeof(int)] = 7,
        [typeof(long)] = 7L,
        [typeof(DateTimeOffset)] = Samples.Start,
        [typeof(Version)] = new Version(3, 40),
        [typeof(CancellationToken)] = CancellationToken.None,
        [typeof(Scope)] = Scope.Any,
        [typeof(EpisodeId)] = Samples.Id(1),
        [typeof(Episode)] = Samples.Run(1, "task"),
        [typeof(LearnedEpisode)] = Samples.Learn(Samples.Run(1, "task")),
        [typeof(Step)] = Step.Message("user", "hello"),
        [typeof(StepReference)] = new StepReference(Samples.Id(1), 0),
        [typeof(EpisodeFilter)] = new EpisodeFilter(),
        [typeof(EpisodeSummary)] = Summary,
        [typeof(ToolTrace)] = new ToolTrace(Samples.Id(1), true, [], false),
        [typeof(CandidateQuery)] = new CandidateQuery { Terms = ["term"] },
        [typeof(CandidateSet)] = new CandidateSet([], [], 1, 1),
        [typeof(PatternId)] = new PatternId(5),
        [typeof(Pattern)] = new Pattern { Kind = PatternKind.Context, Condition = "c", Action = "a" },
        [typeof(PatternFilter)] = new PatternFilter(),
        [typeof(ReceiptId)] = new ReceiptId(Samples.Id(3).Value),
        [typeof(Receipt)] = new Receipt(new(Samples.Id(3).Value), Samples.Start, "q", 1, []),
        [typeof(RecalledRuns)] = new RecalledRuns("d", 2, 1),
        [typeof(Feedback)] = new Feedback(new(Samples.Id(3).Value), true, []),
        [typeof(Relationship)] = new Relationship(Samples.Id(1), RelationshipKind.Related, Samples.Id(2)),
        [typeof(RelationshipKind)] = RelationshipKind.Follows,
        [typeof(RelatedEpisode)] = new RelatedEpisode(Summary, 1, 1, new(Samples.Id(1), RelationshipKind.Related, Samples.Id(2))),
        [typeof(GraphQuery)] = new GraphQuery { From = Samples.Id(1) },
        [typeof(Embedding)] = new Embedding(Samples.Id(1), "model", new float[] { 1 }),
        [typeof(NearestQuery)] = new NearestQuery { Embedding = new("model", new float[] { 1 }) },
        [typeof(NearEpisode)] = new NearEpisode(Summary, 1),
        [typeof(Checkpoint)] = new Checkpoint(Samples.Start, 1, null, null),
        [typeof(MemoryBatch)] = new MemoryBatch { Episodes = [Samples.Run(1, "task")] },
        [typeof(BatchOptions)] = BatchOptions.Default,
        [typeof(BatchResult)] = new BatchResult { Episodes = [new(BatchOutcome.Stored)], Embeddings = [], Relationships = [], Retired = [], Unrelated = [], RemovedEmbeddings = [], Forgotten = [] },
        [typeof(ResultKey)] = new ResultKey("kind", "text", null),
        [typeof(StoreStatistics)] = new StoreStatistics(1, 2, 3, 4, 5, 6, 7, 8, 9),
        [typeof(IReadOnlySet<EpisodeId>)] = new HashSet<EpisodeId> { Samples.Id(1) },
        [typeof(IReadOnlyDictionary<StepReference, Step>)] = new Dictionary<StepReference, Step>(),
        [typeof(ILookup<PatternId, Evidence>)] = Array.Empty<(PatternId, Evidence)>().ToLookup(x => x.Item1, x => x.Item2),
        [typeof(Func<CancellationToken, Task<string>>)] = (Func<CancellationToken, Task<string>>)(_ => Task.FromResult("computed")),
        [typeof(Query)] = new Query("SELECT 1", [], _ => { }),
        [typeof(Command)] = new Command("DELETE FROM t"),
        [typeof(CommandResult)] = new CommandResult(1, 2),
        [typeof(DatabaseStatistics)] = SqliteDatabase.Open(SqliteDatabase.InMemory).Statistics,
    };

    [Fact]
    public Task The_cache_hands_on_every_member_of_the_store() =>
        AssertHandsOnAsync<IMemoryStore>(inner => new CachingMemoryStore(inner, SqliteDatabase.Open(SqliteDatabase.InMemory), new() { WarmStart = false }));

    [Fact]
    public Task A_decorator_hands_on_every_member_of_the_database() => AssertHandsOnAsync<IDatabase>(inner => new FakeRecorder(inner));

    /// <summary>Calls each member of an interface on a new decorator, and looks what of it arrived behind it and what came back.</summary>
    internal static async Task AssertHandsOnAsync<T>(Func<T, T> decorate)
        where T : class
    {
        foreach (var member in typeof(T).GetMethods().Concat(typeof(T).GetInterfaces().SelectMany(i => i.GetMethods())))
        {
            var method = member.IsGenericMethodDefinition ? member.MakeGenericMethod(typeof(string)) : member;
            var calls = new List<(MethodInfo Method, object?[] Arguments)>();
            var answer = Answer(method.ReturnType);
            var decorator = decorate(FakeProxy.Of<T>((called, arguments) =>
            {
                lock (calls)
                    calls.Add((called, arguments));
                return called.ToString() == method.ToString() ? answer : Answer(called.ReturnType);
            }));
            var given = method.GetParameters().Select(p => Sample(p.ParameterType)).ToArray();
            var result = method.Invoke(decorator, given);
            if (result is Task task)
                await task;
            else if (result is ValueTask ended)
                await ended;

            var (_, arrived) = Assert.Single(calls, c => c.Method.ToString() == method.ToString());
            for (var i = 0; i < given.Length; i++)
            {
                if (given[i] is not CancellationToken)
                    Assert.Equal(given[i], arrived[i]);
            }

            if (method.ReturnType.IsGenericType && answer is Task)
                Assert.Equal(ResultOf(answer), ResultOf(result));
            else if (answer is not Task and not ValueTask)
                Assert.Equal(answer, result);
        }
    }

    private static object? ResultOf(object? task) => task!.GetType().GetProperty("Result")!.GetValue(task);

    private static object? Answer(Type type)
    {
        if (type == typeof(void))
            return null;
        if (type == typeof(Task))
            return Task.CompletedTask;
        if (type == typeof(ValueTask))
            return default(ValueTask);
        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>)
            ? typeof(Task).GetMethod(nameof(Task.FromResult))!.MakeGenericMethod(type.GenericTypeArguments).Invoke(null, [Sample(type.GenericTypeArguments[0])])
            : Sample(type);
    }

    private static object Sample(Type type)
    {
        if (SampleOf.TryGetValue(type, out var sample))
            return sample;
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(IReadOnlyList<>))
            throw new InvalidOperationException($"this test has no sample of {type}: add one");
        var list = (IList)Array.CreateInstance(type.GenericTypeArguments[0], 1);
        list[0] = Sample(type.GenericTypeArguments[0]);
        return list;
    }
}
