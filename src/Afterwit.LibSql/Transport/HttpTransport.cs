using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Afterwit.LibSql.Protocol;

namespace Afterwit.LibSql.Transport;

/// <summary>Hrana over HTTP/1.1: every message of a stream is a POST of its own, over connections that are kept open and shared by all streams.</summary>
internal sealed class HttpTransport : ITransport
{
    /// <summary>How long the server is told of streams that are closed.</summary>
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Task, bool> _closing = new();
    private readonly HttpMessageInvoker _client;
    private readonly string? _token;
    private readonly string? _namespace;
    private volatile bool _isDisposed;

    /// <exception cref="ArgumentException">The token cannot be sent.</exception>
    public HttpTransport(ServerAddress address, LibSqlOptions options, LibSqlStatistics statistics, TimeProvider time)
    {
        var token = options.AuthToken ?? address.Token;
        if (token?.Any(c => c is <= ' ' or > '~') == true)
            throw new ArgumentException("AuthToken has a blank, a line break or another character that no token has; give the token alone.");
        (Statistics, Time, Messages, Compression, Failures) = (statistics, time, PipelineMessages.For(options.HttpEncoding), new(statistics, time), new(address, options));
        _token = token is null ? null : "Bearer " + token;
        _namespace = options.Namespace is null ? null : Convert.ToBase64String(Encoding.UTF8.GetBytes(options.Namespace)).TrimEnd('=');
        Root = new UriBuilder(address.Uri) { Scheme = address.Uri.Scheme is "wss" or "https" ? "https" : "http" }.Uri;
        _client = new(new SocketsHttpHandler
        {
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None, // asked for by need, and counted as it comes
            ActivityHeadersPropagator = null,
            MaxConnectionsPerServer = 1024, // the pool of streams is what bounds them
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // follows a server that moves in the DNS
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            ConnectTimeout = options.ConnectTimeout,
            PlaintextStreamFilter = (opened, _) =>
            {
                statistics.Add(Counter.SocketsOpened);
                return new(opened.PlaintextStream);
            },
        });
    }

    /// <summary>A stream that the server has forgotten, after 10 seconds, costs a round trip: so it is used or closed a little earlier.</summary>
    public TimeSpan? IdleLimit => TimeSpan.FromSeconds(9);

    public Uri Root { get; }

    public PipelineMessages Messages { get; }

    public CompressionPolicy Compression { get; }

    public HttpFailures Failures { get; }

    public LibSqlStatistics Statistics { get; }

    public TimeProvider Time { get; }

    public ValueTask<HranaStream> OpenAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        return new(new HttpStream(this));
    }

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await Task.WhenAll(_closing.Keys).ConfigureAwait(false);
        _client.Dispose();
    }

    /// <summary>A message on its way to the server. Its body is sent from the buffer, which must not change until it has arrived.</summary>
    internal async Task<HttpResponseMessage> SendAsync(Uri url, HttpContent message, bool isCompressed, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = message };
        if (_token is not null)
            request.Headers.TryAddWithoutValidation("Authorization", _token);
        if (_namespace is not null)
            request.Headers.TryAddWithoutValidation("x-namespace-bin", _namespace);
        if (isCompressed)
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip"); // never br: sqld takes 200 ms for 200 KB
        return await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Where the server wants the next requests of a stream.</summary>
    /// <returns>Null when it is no place to send a token to.</returns>
    internal Uri? Move(string baseUrl)
    {
        var isUrl = Uri.TryCreate(baseUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";
        return isUrl && (url!.Scheme == Root.Scheme || url.Scheme == "https" || _token is null) ? url : null;
    }

    /// <summary>Tells the server that streams are closed, while nobody waits for it but <see cref="DisposeAsync"/>.</summary>
    internal void Close(Func<Deadline, Task> close)
    {
        if (_isDisposed)
            return;
        var closing = close(new(Time, CloseLimit));
        _closing.TryAdd(closing, true);
        _ = closing.ContinueWith(static (task, all) => ((ConcurrentDictionary<Task, bool>)all!).TryRemove(task, out _), _closing, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }
}
