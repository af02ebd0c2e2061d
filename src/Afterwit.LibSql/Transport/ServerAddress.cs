namespace Afterwit.LibSql.Transport;

/// <summary>Where a server is, and how it is spoken to: the scheme of its URL says.</summary>
internal sealed class ServerAddress
{
    private ServerAddress(Uri uri, bool isSocket, string? token) => (Uri, IsSocket, Token) = (uri, isSocket, token);

    /// <summary>Schemes that are understood.</summary>
    public static IReadOnlyList<string> Schemes { get; } = ["libsql", "wss", "ws", "https", "http"];

    /// <summary>ws(s) or http(s), without credentials and query.</summary>
    public Uri Uri { get; }

    /// <summary>Whether the way is a WebSocket.</summary>
    public bool IsSocket { get; }

    /// <summary>The token in the URL (<c>?authToken=</c>). Null when there is none.</summary>
    public string? Token { get; }

    /// <summary>For messages: it holds no secret.</summary>
    public string Name => Uri.GetLeftPart(UriPartial.Path).TrimEnd('/');

    /// <summary>The name of a database on a server that has several.</summary>
    public string NameOf(string? tenant) => tenant is null ? Name : $"{Name} ({tenant})";

    /// <summary>Whether a text is the URL of a server, rather than a path.</summary>
    public static bool IsServer(string database) => Schemes.Any(s => database.StartsWith(s + "://", StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads a URL.</summary>
    /// <exception cref="ArgumentException">It is none, or of another scheme.</exception>
    public static ServerAddress Parse(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || !Schemes.Contains(uri.Scheme) || uri.Host.Length == 0)
            throw new ArgumentException($"'{WithoutSecrets(url)}' is not the URL of a server; it begins with {string.Join("://, ", Schemes)}:// and a host, such as libsql://host or http://127.0.0.1:8080.");
        string? token = null;
        var tls = true;
        foreach (var parameter in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = parameter.Split('=', 2) is [var n, var v] ? (n, Uri.UnescapeDataString(v)) : (parameter, "");
            if (name == "authToken")
                token = value;
            else if (name == "tls" && value is "0" or "1")
                tls = value == "1";
            else
                throw new ArgumentException($"'{WithoutSecrets(url)}' has the unknown parameter '{name}'; allowed: authToken, and tls=0 for a server without TLS.");
        }

        var scheme = uri.Scheme == "libsql" ? (tls ? "wss" : "ws") : uri.Scheme;
        var builder = new UriBuilder(uri) { Scheme = scheme, Query = "", Fragment = "", UserName = "", Password = "", Port = uri.IsDefaultPort ? -1 : uri.Port };
        return new(builder.Uri, scheme is "ws" or "wss", token);
    }

    /// <summary>A text that may be a URL, for messages.</summary>
    public static string WithoutSecrets(string url) => url.Split('?')[0] is var shown && shown.LastIndexOf('@') is >= 0 and var at ? shown[(at + 1)..] : shown;
}
