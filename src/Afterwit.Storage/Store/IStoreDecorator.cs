namespace Afterwit.Storage;

/// <summary>A store that adds something to another.</summary>
internal interface IStoreDecorator : IMemoryStore
{
    /// <summary>The store below.</summary>
    IMemoryStore Inner { get; }

    /// <summary>The layer of this type in a stack of stores. Null when there is none.</summary>
    static T? Find<T>(IMemoryStore store)
        where T : class, IMemoryStore
    {
        while (store is not T && store is IStoreDecorator decorator)
            store = decorator.Inner;
        return store as T;
    }
}
