using System.Reflection;

namespace Afterwit.Storage.Tests.Metrics;

/// <summary>Every member of the interfaces reaches the one below, with the very arguments, and its answer comes back.</summary>
public sealed class ForwardingTests
{
    [Fact]
    public void The_measuring_store_forwards_every_member() => AssertForwards<IMemoryStore>(inner => new MeasuringMemoryStore(inner, Metrics(out _)));

    [Fact]
    public void The_measuring_database_forwards_every_member() => AssertForwards<IDatabase>(inner => new MeasuringDatabase(inner, Metrics(out _)));

    /// <summary>Each operation is recorded once, under a name of its own: the one of the member.</summary>
    [Fact]
    public void Every_operation_of_the_store_is_recorded_under_its_own_name()
    {
        foreach (var member in typeof(IMemoryStore).GetMethods().Where(m => m.Name != nameof(IMemoryStore.GetOrComputeAsync)))
        {
            using var metrics = Metrics(out _);
            Call(member, new MeasuringMemoryStore(Recorder<IMemoryStore>.Over(out _), metrics), out _);
            var only = Assert.Single(metrics.Report().Operations);
            Assert.Equal((1, 0), (only.Count, only.Errors));
            Assert.Equal(member.Name[..^"Async".Length], string.Concat(only.Operation.Split('_').Select(w => char.ToUpperInvariant(w[0]) + w[1..])));
        }
    }

    private static MemoryMetrics Metrics(out SqliteDatabase database) => new(database = SqliteDatabase.Open(SqliteDatabase.InMemory), "forwarding");

    private static void AssertForwards<T>(Func<T, T> decorate) where T : class
    {
        var members = typeof(T).GetMethods().Concat(typeof(T).GetInterfaces().SelectMany(i => i.GetMethods())).ToList();
        Assert.NotEmpty(members);
        foreach (var member in members)
        {
            var inner = Recorder<T>.Over(out var recorder);
            var result = Call(member, decorate(inner), out var arguments);
            var (called, given) = Assert.Single(recorder.Calls);
            Assert.Equal(member.Name, called.Name);
            Assert.Equal(arguments, given);
            var answer = recorder.Answer(called);
            Assert.Equal(Value(answer), Value(result));
        }
    }

    private static object? Call(MethodInfo member, object target, out object?[] arguments)
    {
        if (member.IsGenericMethodDefinition)
            member = member.MakeGenericMethod(typeof(string));
        arguments = [.. member.GetParameters().Select(p => Recorder<IMemoryStore>.Sample(p.ParameterType))];
        return member.Invoke(target, arguments);
    }

    private static object? Value(object? result)
    {
        if (result is not Task task)
            return result is ValueTask ? null : result;
        Assert.True(task.IsCompletedSuccessfully);
        return task.GetType().GetProperty("Result") is { } property && property.PropertyType.Name != "VoidTaskResult" ? property.GetValue(task) : null;
    }
}

/// <summary>Notes each call and answers it with a value of the right type.</summary>
public class Recorder<T> : DispatchProxy where T : class
{
    private readonly Dictionary<MethodInfo, object?> _answers = [];

    public List<(MethodInfo Method, object?[] Arguments)> Calls { get; } = [];

    internal static T Over(out Recorder<T> recorder)
    {
        var proxy = Create<T, Recorder<T>>();
        recorder = (Recorder<T>)(object)proxy;
        return proxy;
    }

    public object? Answer(MethodInfo method) => _answers[method];

    /// <summary>A value of a type, in which something that could get lost is not the default.</summary>
    internal static object? Sample(Type type)
    {
        if (type == typeof(CancellationToken))
            return new CancellationTokenSource().Token;
        if (type == typeof(bool))
            return true;
        if (type == typeof(string))
            return "sample";
        if (type == typeof(MemoryBatch))
            return new MemoryBatch();
        if (type == typeof(EpisodeFilter))
            return new EpisodeFilter { Domain = "x" };
        if (type == typeof(PatternFilter))
            return new PatternFilter { Domain = "x" };
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return Array.CreateInstance(type.GetGenericArguments()[0], 0);
        if (type == typeof(BatchResult))
            return new BatchResult { Episodes = [], Embeddings = [], Relationships = [], Retired = [], Unrelated = [], RemovedEmbeddings = [], Forgotten = [] };
        return type.IsValueType && type != typeof(void) ? Activator.CreateInstance(type) : null;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Calls.Add((targetMethod!, args!));
        var type = targetMethod!.ReturnType;
        return _answers[targetMethod] = type == typeof(Task) ? Task.CompletedTask
            : type == typeof(ValueTask) ? default(ValueTask)
            : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>)
                ? typeof(Task).GetMethod(nameof(Task.FromResult))!.MakeGenericMethod(type.GetGenericArguments()).Invoke(null, [Sample(type.GetGenericArguments()[0])])
            : Sample(type);
    }
}
