namespace Afterwit.Storage;

/// <summary>What one codec did with the payloads of one kind, since the store was opened.</summary>
/// <param name="Kind">The payloads.</param>
/// <param name="Codec">What they were stored with: <see cref="PayloadCodecKind.None"/> holds those that were too short or got no smaller.</param>
/// <param name="Payloads">How many were encoded.</param>
/// <param name="RawBytes">Their bytes before.</param>
/// <param name="StoredBytes">Their bytes after, headers included.</param>
/// <param name="EncodeTime">The time that took.</param>
/// <param name="Decoded">How many were decoded.</param>
/// <param name="DecodeTime">The time that took.</param>
internal sealed record PayloadCounts(PayloadKind Kind, PayloadCodecKind Codec, long Payloads, long RawBytes, long StoredBytes, TimeSpan EncodeTime, long Decoded, TimeSpan DecodeTime);

/// <summary>What was written with one dictionary since it was added: what <see cref="DictionaryPolicy"/> judges by.</summary>
/// <param name="Id">The dictionary.</param>
/// <param name="Kind">The payloads it is for.</param>
/// <param name="Current">Whether new payloads are written with it.</param>
/// <param name="Payloads">How many were written.</param>
/// <param name="RawBytes">Their bytes before.</param>
/// <param name="StoredBytes">Their bytes after.</param>
internal sealed record DictionaryCounts(int Id, PayloadKind Kind, bool Current, long Payloads, long RawBytes, long StoredBytes);

/// <summary>What payloads of a kind are written with, and why it is not what was set.</summary>
/// <param name="Codec">The codec in use.</param>
/// <param name="Reason">Null when it is the one that was set; else what is missing and what to install.</param>
internal sealed record EffectiveCodec(PayloadCodecKind Codec, string? Reason);
