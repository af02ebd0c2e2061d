namespace Afterwit.Storage.Tests.Compression;

public sealed class ZstdDictionaryTests
{
    [Fact]
    public void A_dictionary_makes_short_records_smaller()
    {
        using var codec = new PayloadCodec(new() { Threshold = 0 });
        var records = Payloads.Records(11, 200, 400);
        long Stored() => records.Sum(record =>
        {
            var stored = codec.Encode(PayloadKind.Episode, record.Span);
            Assert.Equal(record.ToArray(), codec.Decode(PayloadKind.Episode, stored));
            return (long)stored.Length;
        });
        var without = Stored();
        codec.AddDictionary(1, PayloadKind.Episode, ZstdDictionary.Train(Payloads.Records(12, 1_000, 400), 16_384)!, current: true);
        var with = Stored();
        Assert.True(with < without * 0.8, $"{without} bytes without, {with} with a dictionary");
        Assert.Equal([new(1, PayloadKind.Episode, true, 200, 80_000, with)], codec.DictionaryCounts());
    }

    [Fact]
    public void Too_few_samples_give_no_dictionary()
    {
        Assert.Null(ZstdDictionary.Train([]));
        Assert.Null(ZstdDictionary.Train(Payloads.Records(1, 1, 1_000)));
        Assert.Null(ZstdDictionary.Train(Payloads.Records(1, 4, 10)));
        Assert.Null(ZstdDictionary.Train([.. Enumerable.Repeat(ReadOnlyMemory<byte>.Empty, 500)]));
        Assert.InRange(ZstdDictionary.Train(Payloads.Records(1, 500, 1_000), 4_096)!.Length, 256, 4_096);
    }

    [Fact]
    public void A_missing_dictionary_is_named_and_the_payload_is_read_once_it_is_there()
    {
        var content = ZstdDictionary.Train(Payloads.Records(1, 300, 1_000), 8_192)!;
        var text = Payloads.Text(new(1), 1_000);
        using var writer = new PayloadCodec(new() { Threshold = 100 });
        using var reader = new PayloadCodec(new());
        Assert.Null(reader.MissingDictionary(writer.Encode(PayloadKind.Episode, text)));
        writer.AddDictionary(300, PayloadKind.Episode, content, current: true);
        var stored = writer.Encode(PayloadKind.Episode, text);
        Assert.Equal([0x82, 0xAC, 0x02], stored[..3]);
        writer.AddDictionary(300, PayloadKind.Episode, content, current: false); // by a read that began before it was the current one
        Assert.Equal([0x82, 0xAC, 0x02], writer.Encode(PayloadKind.Episode, text)[..3]);

        Assert.Equal(300, reader.MissingDictionary(stored));
        Assert.Contains("dictionary 300", Assert.Throws<DatabaseException>(() => reader.Decode(PayloadKind.Episode, stored)).Message, StringComparison.Ordinal);
        reader.AddDictionary(300, PayloadKind.Episode, content, current: false);
        Assert.Null(reader.MissingDictionary(stored));
        Assert.Equal(text, reader.Decode(PayloadKind.Episode, stored));
        Assert.Equal((byte)PayloadCodecKind.Zstd, reader.Encode(PayloadKind.Episode, new byte[2_000])[0]);
    }

    [Fact]
    public void Payloads_of_an_earlier_dictionary_stay_readable()
    {
        using var codec = new PayloadCodec(new() { Threshold = 100 });
        var text = Payloads.Text(new(1), 1_000);
        byte[][] stored = [.. Enumerable.Range(1, 3).Select(id =>
        {
            codec.AddDictionary(id, PayloadKind.Episode, ZstdDictionary.Train(Payloads.Records(id, 300, 1_000), 8_192)!, current: true);
            return codec.Encode(PayloadKind.Episode, text);
        })];
        Assert.Equal([1, 2, 3], stored.Select(bytes => (int)bytes[1]));
        Assert.All(stored, bytes => Assert.Equal(text, codec.Decode(PayloadKind.Episode, bytes)));
        Assert.Equal([false, false, true], codec.DictionaryCounts().Select(d => d.Current));
    }

    [Fact]
    public void Dictionaries_are_for_their_kind_and_only_when_they_are_on()
    {
        var content = ZstdDictionary.Train(Payloads.Records(1, 300, 1_000), 8_192)!;
        using var on = new PayloadCodec(new() { Embeddings = PayloadCodecKind.Zstd });
        using var off = new PayloadCodec(new() { Dictionaries = false });
        on.AddDictionary(1, PayloadKind.Episode, content, current: true);
        off.AddDictionary(1, PayloadKind.Episode, content, current: true);
        var text = Payloads.Text(new(1), 2_000);
        var stored = on.Encode(PayloadKind.Episode, text);
        Assert.Equal([0x82, 0x02, 0x02], new[] { stored[0], on.Encode(PayloadKind.Embedding, text)[0], off.Encode(PayloadKind.Episode, text)[0] });
        Assert.Equal(text, off.Decode(PayloadKind.Episode, stored));
    }

    [Fact]
    public void A_damaged_dictionary_is_reported_with_its_number()
    {
        var content = ZstdDictionary.Train(Payloads.Records(1, 300, 1_000), 8_192)!;
        content.AsSpan(8, 100).Fill(0xFF);
        using var codec = new PayloadCodec(new());
        codec.AddDictionary(7, PayloadKind.Episode, content, current: true);
        Assert.Contains("dictionary 7 of this database is damaged", Assert.Throws<DatabaseException>(() => codec.Encode(PayloadKind.Episode, new byte[2_000])).Message, StringComparison.Ordinal);
        Assert.Contains("dictionary 7 of this database is damaged", Assert.Throws<DatabaseException>(() => codec.Decode(PayloadKind.Episode, [0x82, 7, 10, 0, 0])).Message, StringComparison.Ordinal);
    }
}
