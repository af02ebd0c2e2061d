using System.Globalization;
using Afterwit.LibSql;
using Afterwit.LibSql.Transport;

namespace Afterwit.Cli.Benchmarks;

/// <summary>How the server suite is run.</summary>
/// <param name="Server">The primary, one that asks for no token.</param>
/// <param name="Replica">A replica of it. Null leaves its case out.</param>
/// <param name="RoundTrip">The distance that is put before a server without TLS; zero leaves these cases out.</param>
/// <param name="Peers">The folder of the other clients' program. Null leaves them out.</param>
/// <param name="Rounds">Blocks of each side that count.</param>
/// <param name="Ops">Operations in a block of ours; of what is slower, fewer.</param>
/// <param name="Note">Tells how far it is, and what went wrong.</param>
internal sealed record ServerOptions(string Server, string? Replica, TimeSpan RoundTrip, string? Peers, int Rounds, int Ops, Action<string> Note);

/// <summary>The client of libSQL servers next to the bare protocol and to the official JavaScript client, on one server, block by block in the same run.</summary>
internal sealed class ServerSuite : IAsyncDisposable
{
    private const int Callers = 16;
    private const int BulkRows = 10_000;
    private static readonly string[] Transports = ["http", "ws"];

    private readonly ServerOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly List<BenchRow> _rows = [];
    private readonly Uri _http;
    private readonly Uri _socket;
    private readonly LibSqlClient _client;
    private PeerProgram? _peers;

    private ServerSuite(ServerOptions options, CancellationToken cancellationToken)
    {
        (_options, _cancellation) = (options, cancellationToken);
        var address = ServerAddress.Parse(options.Server).Uri;
        var secure = address.Scheme is "https" or "wss" ? "s" : "";
        (_http, _socket) = (new UriBuilder(address) { Scheme = "http" + secure }.Uri, new UriBuilder(address) { Scheme = "ws" + secure }.Uri);
        _client = new(_socket.ToString());
    }

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(ServerOptions options, CancellationToken cancellationToken)
    {
        await using var suite = new ServerSuite(options, cancellationToken);
        var isOurs = await ServerWork.PrepareAsync(suite._client, cancellationToken);
        try
        {
            suite._peers = options.Peers is null ? null : PeerProgram.Start(options.Peers, suite._http, options.Note);
            if (suite._peers is null)
                suite._rows.Add(Note("the JavaScript client was not measured: it needs node, and `npm ci --ignore-scripts` in bench/peers"));
            await suite.PointReadsAsync();
            await suite.WritesAsync();
            await suite.BulkAsync();
            await suite.OpeningAsync();
            if (options.RoundTrip > TimeSpan.Zero && suite._socket.Scheme == "ws") // a certificate is not the proxy's
                await suite.DistanceAsync();
            if (options.Replica is not null)
                await suite.ReplicaAsync(options.Replica);
            return suite._rows;
        }
        finally
        {
            if (isOurs)
                await ServerWork.DropAsync(suite._client);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _peers?.Dispose();
        await _client.DisposeAsync();
    }

    private async Task PointReadsAsync()
    {
        using var bare = await BareSocket.OpenAsync(_socket, _cancellation);
        var messages = Enumerable.Range(0, 1_000).Select(i => BareSocket.Encode(ServerWork.Item(i))).ToArray();
        await using var overHttp = new LibSqlClient(_http.ToString());
        var alone = await WithPeers(Start("read 1 KB, 1 caller")
            .Add("ours", _options.Ops, 1, i => ServerWork.ReadAsync(_client, i), () => _client.Statistics.RoundTrips)
            .Add("bare loop", _options.Ops, 1, i => bare.CallAsync(messages[i % messages.Length], _cancellation))
            .Add("ours over http", _options.Ops / 4, 1, i => ServerWork.ReadAsync(overHttp, i), () => overHttp.Statistics.RoundTrips), "point-read", 1, _options.Ops / 10).RunAsync(_cancellation);
        _rows.AddRange([.. alone.Rows("ours", "bare loop", Ratio.Time), .. Transports.SelectMany(t => alone.Rows("ours", Peer(t), Ratio.Speed)), .. alone.Rows("ours over http", Peer("http"), Ratio.Speed).Skip(1)]);

        var together = await WithPeers(Start($"read 1 KB, {Callers} callers")
            .Add("ours", _options.Ops * 4, Callers, i => ServerWork.ReadAsync(_client, i), () => _client.Statistics.RoundTrips), "point-read", Callers, _options.Ops / 4).RunAsync(_cancellation);
        _rows.AddRange(Transports.SelectMany(t => together.Rows("ours", Peer(t), Ratio.Rate)));

        // Nothing between two readings but the calls themselves: not even a check of what they gave.
        var value = (await _client.ExecuteAsync(ServerWork.Item(0)))[0, 1].AsString();
        var returned = 8 + 22 + (2 * value.Length) + 7 & ~7;
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < _options.Ops; i++)
            await _client.ExecuteAsync(ServerWork.Item(i));
        var each = (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / _options.Ops;
        _rows.Add(Note(string.Create(CultureInfo.InvariantCulture, $"read 1 KB: bytes allocated beyond the {returned:N0} of the values returned")) with { Ops = _options.Ops, AllocatedBytes = each - returned });
    }

    private async Task WritesAsync()
    {
        await using var single = new LibSqlClient(_socket.ToString(), new() { MaxGroupCommit = 1, MinStreams = Callers, MaxStreams = Callers, ServerClients = 1 });
        await ServerWork.WriteAsync(single, 0);
        const string queued = "ours, one commit after the other";
        var writes = await WithPeers(Start($"write a row, {Callers} callers")
            .Add("ours", _options.Ops * 2, Callers, i => ServerWork.WriteAsync(_client, i), () => _client.Statistics.RoundTrips)
            .Add(queued, _options.Ops / 2, Callers, i => ServerWork.WriteAsync(single, i), () => single.Statistics.RoundTrips), "write", Callers, _options.Ops / 8).RunAsync(_cancellation);
        _rows.AddRange([.. writes.Rows("ours", queued, Ratio.Rate), .. Transports.SelectMany(t => writes.Rows("ours", Peer(t), Ratio.Rate))]);
    }

    private async Task BulkAsync()
    {
        var count = Math.Min(BulkRows, _options.Ops * 5);
        var (rows, message) = (ServerWork.Rows(count), BareSocket.Encode(ServerWork.BareRows(count)));
        using var bare = await BareSocket.OpenAsync(_socket, _cancellation);
        var bulk = await WithPeers(Start(string.Create(CultureInfo.InvariantCulture, $"insert {count:N0} rows"))
            .Add("ours", 3, 1, _ => ServerWork.WriteRowsAsync(_client, rows), () => _client.Statistics.RoundTrips)
            .Add("bare json_each", 3, 1, _ => bare.CallAsync(message, _cancellation)), "bulk", 1, 1, count).RunAsync(_cancellation);
        _rows.AddRange([.. bulk.Rows("ours", "bare json_each", Ratio.Time), .. Transports.SelectMany(t => bulk.Rows("ours", Peer(t), Ratio.Speed))]);
    }

    /// <summary>What a connection costs an operation: its time beyond that of the bare exchange on a warm stream.</summary>
    private async Task OpeningAsync()
    {
        var (count, sockets, streams) = (_options.Ops * 5, _client.Statistics.SocketsOpened, _client.Statistics.StreamsOpened);
        var steady = await Block.MeasureAsync(count, Callers, i => ServerWork.ReadAsync(_client, i), () => _client.Statistics.RoundTrips);
        _rows.Add(new(
            Comparison.Suite, string.Create(CultureInfo.InvariantCulture, $"steady load, {Callers} callers: {_client.Statistics.SocketsOpened - sockets} sockets and {_client.Statistics.StreamsOpened - streams} streams opened"),
            count, steady.P50Us, steady.P95Us, steady.P99Us, steady.OpsPerS, steady.RoundTrips, steady.AllocatedBytes, null));

        using var bare = await BareSocket.OpenAsync(_socket, _cancellation);
        var message = BareSocket.Encode(ServerWork.Item(0));
        var opening = await Start("connection cost")
            .Add("one client for all calls", _options.Ops, 1, i => ServerWork.ReadAsync(_client, i))
            .Add("bare work", _options.Ops, 1, _ => bare.CallAsync(message, _cancellation))
            .Add("a client for each call", _options.Ops / 10, 1, i => ColdReadAsync(_socket, i)).RunAsync(_cancellation);
        double Cost(string side) => opening.Median(side, b => b.P50Us) - opening.Median("bare work", b => b.P50Us);
        _rows.AddRange([opening.Row("bare work"), opening.Row("a client for each call"), opening.Row("one client for all calls", Cost("one client for all calls") / Cost("a client for each call"), ", its cost over that of a client for each call")]);
    }

    private async Task DistanceAsync()
    {
        using var proxy = new DelayProxy(_socket, _options.RoundTrip);
        await using var client = new LibSqlClient(proxy.Uri.ToString());
        using var peers = _options.Peers is null ? null : PeerProgram.Start(_options.Peers, new UriBuilder(proxy.Uri) { Scheme = "http" }.Uri, _options.Note);
        await ServerWork.ReadAsync(client, 0);
        await ServerWork.WriteAsync(client, 0);
        var (rows, ms) = (ServerWork.Rows(100), _options.RoundTrip.TotalMilliseconds);
        foreach (var (name, work, operation) in new (string, string, Func<int, Task>)[]
        {
            ("read 1 row", "read-1", i => ServerWork.ReadAsync(client, i)),
            ("write 1 row", "write-1", i => ServerWork.WriteAsync(client, i)),
            ("transaction of 4 statements", "transaction-4", i => ServerWork.TransactAsync(client, i)),
            ("insert 100 rows", "rows-100", _ => ServerWork.WriteRowsAsync(client, rows)),
            ("first read of a new client", "cold", i => ColdReadAsync(proxy.Uri, i)),
        })
        {
            var ops = Math.Clamp(_options.Ops / 100, 2, work == "cold" ? 10 : 20);
            var far = new Comparison(string.Create(CultureInfo.InvariantCulture, $"{ms:0.#} ms away, {name}"), Math.Min(3, _options.Rounds)).Add("ours", ops, 1, operation, () => proxy.RoundTrips);
            _options.Note($"measuring {name}, {ms:0.#} ms away ...");
            await AddPeers(far, peers, work, 1, ops, work == "rows-100" ? rows.Length : 0).RunAsync(_cancellation);
            _rows.AddRange(Transports.Select(Peer).Prepend("ours").Where(far.Has).Select(side => far.Row(side, far.Median(side, b => b.P50Us) / (ms * 1_000), ", its time over the round trip")));
        }
    }

    private async Task ReplicaAsync(string replica)
    {
        var (count, block) = (Math.Min(1_000, _options.Ops), Math.Min(100, _options.Ops));
        await using var plain = new LibSqlClient(new UriBuilder(replica) { Scheme = "ws" }.ToString());
        var options = new LibSqlOptions();
        options.Replicas.Add(new UriBuilder(replica) { Scheme = "ws" }.ToString());
        await using var client = new LibSqlClient(_socket.ToString(), options);
        var (stale, before) = (0, client.Statistics.PrimaryFallbacks);
        var item = await ServerWork.WriteForReadingAsync(client, 0);
        await client.ExecuteAsync(item);
        var reads = await new Comparison("replica", count / block)
            .Add("a plain read", block, 1, async _ => await plain.ExecuteAsync(item))
            .Add("a read behind a write", ReadBehindWriteAsync).RunAsync(_cancellation);
        var from = string.Create(CultureInfo.InvariantCulture, $" ({stale} stale of {reads.Row("a plain read").Ops:N0}, {client.Statistics.PrimaryFallbacks - before} answered by the primary)");
        _rows.AddRange(reads.Rows("a read behind a write", "a plain read", Ratio.Time).Select(r => r.RatioToBaseline is null ? r : r with { Case = r.Case + from }));

        async Task<Block?> ReadBehindWriteAsync()
        {
            var meter = new Meter(); // one by one: the clock starts behind the write
            for (var i = 0; i < block; i++)
            {
                var read = await ServerWork.WriteForReadingAsync(client, i);
                await meter.TimeAsync(async () => stale += (await client.ExecuteAsync(read)).Count == 1 ? 0 : 1);
            }

            var row = meter.Row("", "");
            return new(row.Ops, row.P50Us, row.P95Us, row.P99Us, row.OpsPerS, 0, row.AllocatedBytes);
        }
    }

    private static async Task ColdReadAsync(Uri server, int i)
    {
        await using var client = new LibSqlClient(server.ToString());
        await ServerWork.ReadAsync(client, i);
    }

    private static BenchRow Note(string text) => new(Comparison.Suite, text, 0, 0, 0, 0, 0, 0, 0, null);

    private static string Peer(string transport) => $"JavaScript over {transport}";

    private Comparison Start(string name)
    {
        _options.Note($"measuring {name} ...");
        return new(name, _options.Rounds);
    }

    private Comparison WithPeers(Comparison comparison, string work, int callers, int ops, int rows = 0) => AddPeers(comparison, _peers, work, callers, ops, rows);

    private static Comparison AddPeers(Comparison comparison, PeerProgram? peers, string work, int callers, int ops, int rows)
    {
        if (peers is not null)
        {
            foreach (var transport in Transports)
                comparison.Add(Peer(transport), () => peers.RunAsync(work, transport, callers, Math.Max(1, ops), rows));
        }

        return comparison;
    }
}
