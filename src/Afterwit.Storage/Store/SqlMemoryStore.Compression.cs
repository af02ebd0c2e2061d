namespace Afterwit.Storage;

/// <summary>How the payloads of one kind are stored.</summary>
/// <param name="Kind">The payloads.</param>
/// <param name="Payloads">How many there are.</param>
/// <param name="RawBytes">Their bytes before compression.</param>
/// <param name="StoredBytes">Their bytes as stored.</param>
/// <param name="Codec">What new ones are written with.</param>
/// <param name="Reason">Why it is not the codec that was set; null when it is.</param>
/// <param name="Dictionaries">How many dictionaries were trained.</param>
/// <param name="DictionaryBytes">Their bytes.</param>
/// <param name="FailedTrainings">How often this process failed to train one since the store was opened.</param>
/// <param name="EncodeTime">What this process spent on encoding since the store was opened.</param>
/// <param name="DecodeTime">And on decoding.</param>
public sealed record CompressionStatistics(
    PayloadKind Kind, long Payloads, long RawBytes, long StoredBytes, PayloadCodecKind Codec, string? Reason, long Dictionaries, long DictionaryBytes, long FailedTrainings, TimeSpan EncodeTime, TimeSpan DecodeTime);

/// <content>How payloads are compressed.</content>
public sealed partial class SqlMemoryStore
{
    /// <summary>How the steps of finished episodes are stored.</summary>
    /// <exception cref="DatabaseException">The database failed.</exception>
    public async Task<CompressionStatistics> GetCompressionAsync(CancellationToken cancellationToken = default)
    {
        CompressionStatistics? found = null;
        var effective = _payloads.Codec.Effective(PayloadKind.Episode);
        List<PayloadCounts> done = [.. _payloads.Codec.Counts().Where(c => c.Kind == PayloadKind.Episode)];
        var (encoding, decoding) = (new TimeSpan(done.Sum(c => c.EncodeTime.Ticks)), new TimeSpan(done.Sum(c => c.DecodeTime.Ticks)));
        await Database.ReadAsync(
            [
                new("SELECT packs, raw_bytes, stored_bytes, (SELECT count(*) FROM dictionaries), (SELECT coalesce(sum(length(content)), 0) FROM dictionaries) FROM totals", [], row =>
                    found = new(PayloadKind.Episode, row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), effective.Codec, effective.Reason, row.GetInt64(3), row.GetInt64(4), _payloads.FailedTrainings, encoding, decoding)),
            ],
            cancellationToken).ConfigureAwait(false);
        return found!;
    }

    /// <summary>
    /// Brings what is stored to the present settings: packs the steps that an earlier release stored one by one, and writes packs anew whose codec or dictionary is not the current
    /// one. Others may write meanwhile. Stopped at any point, every episode is whole and readable; doing it again goes on, and in the end changes nothing.
    /// </summary>
    /// <param name="dryRun">Only tells what would be done, with what is known now: a dictionary is not trained.</param>
    /// <param name="progress">Gets the share that is done, from 0 to 1.</param>
    /// <param name="cancellationToken">Stops between two transactions.</param>
    /// <exception cref="DatabaseException">The database failed.</exception>
    public Task<RecompressionReport> CompressAsync(bool dryRun = false, IProgress<double>? progress = null, CancellationToken cancellationToken = default) =>
        new Recompression(Database, _payloads, _compression, dryRun, progress).RunAsync(cancellationToken);
}
