using System.Collections.Concurrent;
using System.Net;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Transport;

/// <summary>A server that answers every request with the same bytes, whatever is asked.</summary>
internal sealed class FakeHttpServer : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    public FakeHttpServer(byte[] answer, int status = 200, string? encoding = null)
    {
        Url = $"http://127.0.0.1:{Ports.Free()}";
        _listener.Prefixes.Add(Url + "/");
        _listener.Start();
        _serving = ServeAsync(answer, status, encoding);
    }

    public string Url { get; }

    /// <summary>The paths that were asked for.</summary>
    public ConcurrentQueue<string> Paths { get; } = new();

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync(byte[] answer, int status, string? encoding)
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                await context.Request.InputStream.CopyToAsync(Stream.Null);
                Paths.Enqueue(context.Request.Url!.AbsolutePath);
                context.Response.StatusCode = status;
                if (encoding is not null)
                    context.Response.AddHeader("Content-Encoding", encoding);
                context.Response.ContentLength64 = answer.Length;
                await context.Response.OutputStream.WriteAsync(answer);
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
