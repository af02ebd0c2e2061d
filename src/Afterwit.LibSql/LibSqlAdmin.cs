using System.Net;
using System.Text;
using Afterwit.LibSql.Transport;

namespace Afterwit.LibSql;

/// <summary>Makes and drops the namespaces of a server, each a database of its own, through its admin API (<c>--admin-listen-addr</c> and <c>--enable-namespaces</c> of sqld).</summary>
public sealed class LibSqlAdmin : IDisposable
{
    /// <summary>The code of the error that a namespace is not there.</summary>
    public const string MissingNamespace = "NAMESPACE_DOESNT_EXIST";

    private static readonly LibSqlOptions Defaults = new();

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = Defaults.ConnectTimeout });
    private readonly ServerAddress _address;
    private readonly TimeSpan _timeout;

    /// <summary>Nothing is sent before the first call.</summary>
    /// <param name="url">Where the admin API listens: <c>http://</c> or <c>https://</c>.</param>
    /// <param name="token">The server's <c>--admin-auth-key</c>; never printed. Null: none.</param>
    /// <param name="timeout">How long a call may take. Null means 30 seconds.</param>
    /// <exception cref="ArgumentException">The URL or the token cannot be used.</exception>
    public LibSqlAdmin(string url, string? token = null, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        _address = ServerAddress.Parse(url);
        if (_address.IsSocket)
            throw new ArgumentException($"'{_address.Name}' is no address of an admin API; it begins with http:// or https://.");
        _timeout = timeout ?? Defaults.Timeout;
        _http.Timeout = System.Threading.Timeout.InfiniteTimeSpan; // each call has its deadline
        if (token is not null && !_http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Basic " + token))
            throw new ArgumentException("The token of the admin API has a character that no token has.");
    }

    /// <summary>Whether a name is one for a namespace: 1 to 64 of A-Z, a-z, 0-9, _ and -.</summary>
    public static bool IsName(string name) => name.Length is >= 1 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    /// <summary>Makes a new, empty namespace.</summary>
    /// <exception cref="LibSqlServerException">There is one of this name, or the server has no namespaces.</exception>
    /// <exception cref="LibSqlException">The admin API cannot be reached, or refuses the token.</exception>
    public Task CreateNamespaceAsync(string name, CancellationToken cancellationToken = default) => SendAsync(HttpMethod.Post, name, "/create", cancellationToken);

    /// <summary>Deletes a namespace with all that is in it.</summary>
    /// <exception cref="LibSqlServerException">There is none of this name (<see cref="MissingNamespace"/>).</exception>
    /// <exception cref="LibSqlException">The admin API cannot be reached, or refuses the token.</exception>
    public Task DropNamespaceAsync(string name, CancellationToken cancellationToken = default) => SendAsync(HttpMethod.Delete, name, "", cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task SendAsync(HttpMethod method, string name, string action, CancellationToken cancellationToken)
    {
        if (!IsName(name))
            throw new ArgumentException($"'{name}' is no name of a namespace; allowed: 1 to 64 of A-Z, a-z, 0-9, _ and -.");
        var deadline = new Deadline(TimeProvider.System, _timeout);
        using var limit = deadline.Link(cancellationToken);
        using var request = new HttpRequestMessage(method, $"{_address.Name}/v1/namespaces/{name}{action}");
        if (method == HttpMethod.Post)
            request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        try
        {
            using var response = await _http.SendAsync(request, limit.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
                return;
            var text = (await response.Content.ReadAsStringAsync(limit.Token).ConfigureAwait(false)).Trim();
            throw response.StatusCode switch
            {
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new LibSqlAuthenticationException($"The admin API at {_address.Name} refused the token. Give the one that its server has as --admin-auth-key."),
                HttpStatusCode.NotFound when text.Contains("doesn't exist", StringComparison.Ordinal) => new LibSqlServerException(new($"The server at {_address.Name} has no namespace '{name}'.", MissingNamespace)),
                HttpStatusCode.BadRequest when text.Contains("already exists", StringComparison.Ordinal) => new LibSqlServerException(new($"The server at {_address.Name} has a namespace '{name}' already.", null)),
                _ => new LibSqlServerException(new($"The admin API at {_address.Name} answered HTTP {(int)response.StatusCode}: {text} Check the URL, and that the server was started with --enable-namespaces.", null)),
            };
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new HttpFailures(_address, Defaults).Broke(e, isSent: e is OperationCanceledException { InnerException: not TimeoutException }, deadline);
        }
    }
}
