namespace Afterwit.Storage;

/// <summary>What an open memory is made of, for those who show how it is doing.</summary>
internal static class MemoryParts
{
    /// <summary>The connections, statements and commits of an open memory: the engine itself, below what measures it.</summary>
    public static IDatabase DatabaseOf(AgentMemory memory) => StoreOf(memory).Database is var database && database is MeasuringDatabase measured ? measured.Inner : database;

    /// <summary>What runs the statements, as it is shown.</summary>
    public static string EngineOf(IDatabase database) => $"{(database is LibSqlDatabase ? "libSQL server, " : "")}SQLite {database.EngineVersion}";

    /// <summary>The store of an open memory, below what decorates it.</summary>
    public static SqlMemoryStore StoreOf(AgentMemory memory) => IStoreDecorator.Find<SqlMemoryStore>(memory.Store)!;

    /// <summary>The cache of an open memory; null when it is off.</summary>
    public static CachingMemoryStore? CacheOf(AgentMemory memory) => IStoreDecorator.Find<CachingMemoryStore>(memory.Store);

    /// <summary>What is measured of an open memory.</summary>
    public static MemoryMetrics MetricsOf(AgentMemory memory) => IStoreDecorator.Find<MeasuringMemoryStore>(memory.Store)!.Metrics;
}
