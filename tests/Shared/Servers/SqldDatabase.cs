using System.Text;

namespace Afterwit.Tests.Shared;

/// <summary>
/// A namespace of a server. A request names it by a header, or by the first label of its host; the address has four numbers, as the platform does not look up
/// names under localhost, so a client has to send the one or the other.
/// </summary>
internal sealed class SqldDatabase(SqldServer server, string name) : IAsyncDisposable
{
    public const string HeaderName = "x-namespace-bin";

    public SqldServer Server => server;

    public string Namespace => name;

    public string Url => server.Url;

    public string WsUrl => server.WsUrl;

    /// <summary>What <see cref="HeaderName"/> has to say.</summary>
    public string HeaderValue => Header(name);

    /// <summary>What the header Host has to say instead.</summary>
    public string Host => $"{name}.localhost";

    public static string Header(string name) => Convert.ToBase64String(Encoding.UTF8.GetBytes(name)).TrimEnd('=');

    public async ValueTask DisposeAsync() => await server.DeleteNamespaceAsync(name);
}
