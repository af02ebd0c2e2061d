namespace Afterwit.Storage;

/// <summary>Which memory a host gives its services, and how it is opened: what <c>services.AddAfterwit(...)</c> takes.</summary>
public sealed class AfterwitOptions
{
    /// <summary>Where the memory is: a path, <c>:memory:</c>, or the URL of a server (<c>libsql://</c>, <c>wss://</c>, <c>ws://</c>, <c>https://</c>, <c>http://</c>). The setting <c>Db</c>.</summary>
    /// <value>The default is <c>memory.db</c> in the user's data folder: the memory of the <c>afterwit</c> command.</value>
    public string Database { get; set; } = DataFolder.DefaultDatabase;

    /// <summary>How it is opened. The settings under <c>Storage:</c>, <c>Server:</c> and <c>Metrics:</c>.</summary>
    public StorageOptions Storage { get; } = new();
}
