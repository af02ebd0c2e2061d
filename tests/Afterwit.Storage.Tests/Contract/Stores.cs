using Afterwit.Storage.Tests.Databases;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests.Contract;

public sealed class InMemoryStoreTests : MemoryStoreContract
{
    protected override async Task<IMemoryStore> OpenAsync() => await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(SqliteDatabase.InMemory), new FakeClock());
}

public sealed class FileStoreTests : MemoryStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override async Task<IMemoryStore> OpenAsync() => await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(_folder["memory.db"]), new FakeClock());
}

/// <summary>Every write is sent twice: nothing may be there twice, and every answer is that of the first.</summary>
public sealed class LostAnswersStoreTests : MemoryStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override async Task<IMemoryStore> OpenAsync() => await SqlMemoryStore.OpenAsync(new FakeLostAnswers(SqliteDatabase.Open(_folder["memory.db"])), new FakeClock());
}

/// <summary>Behind a cache, as a memory is opened by default.</summary>
public sealed class CachedFileStoreTests : MemoryStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override async Task<IMemoryStore> OpenAsync() => await CachedStore.OpenAsync(SqliteDatabase.Open(_folder["memory.db"]));
}
