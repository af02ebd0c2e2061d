namespace Afterwit.Storage.Tests.Compression;

public sealed class DictionaryPolicyTests
{
    private const int Enough = DictionaryPolicy.FirstPayloads;
    private const int Kilobyte = 1_000;

    [Theory]
    [InlineData(Enough - 1, 10_000_000, false)]
    [InlineData(Enough, DictionaryPolicy.FirstBytes - 1, false)]
    [InlineData(Enough, DictionaryPolicy.FirstBytes, true)]
    public void The_first_dictionary_waits_for_enough_payloads(long payloads, long bytes, bool train) =>
        Assert.Equal(train, DictionaryPolicy.Judge(new(false, payloads, bytes, bytes, 0)).Train);

    [Fact]
    public void A_training_that_failed_is_tried_again_after_as_many_payloads() =>
        Assert.Equal((true, new DictionaryState(false, 0, 0, 0, 0)), DictionaryPolicy.Judge(new(false, 400, 1_000_000, 900_000, 0)));

    [Fact]
    public void Nothing_is_judged_before_a_window_is_full()
    {
        var state = new DictionaryState(true, DictionaryPolicy.Window - 1, 100_000, 99_000, 4);
        Assert.Equal((false, state), DictionaryPolicy.Judge(state));
    }

    [Fact]
    public void The_first_window_sets_what_later_ones_are_compared_with()
    {
        var (train, next) = DictionaryPolicy.Judge(Window(4, 0));
        Assert.False(train);
        Assert.Equal(new(true, 0, 0, 0, 4), next);
        Assert.Equal((false, next), DictionaryPolicy.Judge(Window(3.5, next.BestRatio)));
        Assert.Equal((true, next), DictionaryPolicy.Judge(Window(3.4, next.BestRatio)));
    }

    /// <summary>The whole loop over real payloads: a store that begins to hold other records gets another dictionary, once.</summary>
    [Fact]
    public void Other_records_bring_another_dictionary()
    {
        using var codec = new PayloadCodec(new() { Threshold = 0 });
        var state = new DictionaryState(false, 0, 0, 0, 0);
        var recent = new List<ReadOnlyMemory<byte>>();
        var trained = new List<int>();
        for (var i = 0; i < 6_000; i++)
        {
            var random = new Random(i);
            var text = Payloads.Text(random, Kilobyte);
            // From 3,000 on another alphabet: nothing that the first dictionary knows.
            ReadOnlyMemory<byte> payload = i < 3_000 ? text : text.Select(b => (byte)(b ^ 0x80)).Reverse().ToArray();
            recent.Add(payload);
            var stored = codec.Encode(PayloadKind.Episode, payload.Span);
            (var train, state) = DictionaryPolicy.Judge(state with { Payloads = state.Payloads + 1, RawBytes = state.RawBytes + payload.Length, StoredBytes = state.StoredBytes + stored.Length });
            if (!train)
                continue;
            trained.Add(i);
            codec.AddDictionary(trained.Count, PayloadKind.Episode, ZstdDictionary.Train([.. recent.TakeLast(300)], 16_384)!, current: true);
            state = new(true, 0, 0, 0, 0);
        }

        Assert.Equal(2, trained.Count);
        Assert.InRange(trained[0], Enough - 1, 300);
        Assert.InRange(trained[1], 3_000, 4_000);
    }

    private static DictionaryState Window(double ratio, double best) => new(true, DictionaryPolicy.Window, (long)(ratio * 100_000), 100_000, best);
}
