using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>The record that packed steps are kept in.</summary>
public sealed class StepPackTests
{
    private static readonly PackedHead Head = new($"summary {Samples.Odd}", "[]", "");

    [Fact]
    public void What_is_packed_comes_back()
    {
        Step[] steps =
        [
            .. Samples.Everything().Steps,
            new() { Ordinal = 5, At = DateTimeOffset.MaxValue, Latency = TimeSpan.FromMilliseconds(-3), Tokens = int.MinValue },
            new() { Ordinal = 6, At = DateTimeOffset.MinValue, Latency = TimeSpan.FromMilliseconds((long)TimeSpan.MaxValue.TotalMilliseconds) },
            new() { Ordinal = 7, At = DateTimeOffset.UnixEpoch, Speaker = "", Text = new string('x', 100_000), ErrorClass = "" },
        ];
        var (first, record) = Assert.Single(StepPack.Of(Head, steps));
        Assert.Equal(0, first);
        Assert.Equal(steps, Read(record, 0, out var head));
        Assert.Equal(Head, head);
    }

    [Fact]
    public void Ten_thousand_steps_go_into_packs_of_a_bounded_number_and_size()
    {
        Step[] steps = [.. Enumerable.Range(0, 10_000).Select(i => Step.ToolCall("tool", $"{i}", i is > 1_000 and < 1_010 ? new string('y', 100_000) : "fine") with { Ordinal = i, At = Samples.Start.AddMilliseconds(i * 3) })];
        var packs = StepPack.Of(Head, steps).ToList();
        Assert.Equal(steps, packs.SelectMany(p => Read(p.Record, p.First, out _)));
        Assert.All(packs, p => Assert.InRange(p.Record.Length, 1, StepPack.MaxBytes + 101_000));
        Assert.InRange(packs.Count, steps.Length / StepPack.MaxSteps, (steps.Length / StepPack.MaxSteps) + 5);
        Assert.Equal(default, packs[1..].Select(p => { Read(p.Record, p.First, out var head); return head; }).Distinct().Single());
    }

    [Fact]
    public void An_episode_without_steps_keeps_its_head_and_one_without_anything_keeps_nothing()
    {
        var (_, record) = Assert.Single(StepPack.Of(new(null, "p", null), []));
        Assert.Empty(Read(record, 0, out var head));
        Assert.Equal(new(null, "p", null), head);
        Assert.Empty(StepPack.Of(default, []));
    }

    [Fact]
    public void A_pack_of_a_later_release_is_named()
    {
        var error = Assert.Throws<DatabaseException>(() => Read([2, 0, 0], 0, out _));
        Assert.Contains("version 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("update Afterwit", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_bytes_give_steps_or_one_clear_error()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var sound = StepPack.Of(Head, Samples.Everything().Steps).Single().Record;
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = round % 3 == 0 ? new byte[random.Next(60)] : sound.ToArray();
            if (round % 3 == 0)
            {
                random.NextBytes(bytes);
                if (bytes.Length > 0)
                    bytes[0] = StepPack.Version;
            }
            else if (round % 3 == 1)
            {
                bytes = bytes[..random.Next(bytes.Length)];
            }
            else
            {
                for (var i = random.Next(1, 5); i > 0; i--)
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                Read(bytes, random.Next(StepKey.MaxSteps), out _);
            }
            catch (DatabaseException)
            {
                // One clear error.
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, round {round}: {Convert.ToHexString(bytes)} gave {e}");
            }
        }
    }

    private static List<Step> Read(byte[] record, int first, out PackedHead head)
    {
        var reader = new StepPackReader(record, first);
        head = reader.Head;
        var steps = new List<Step>();
        while (reader.Next())
            steps.Add(reader.ToStep());
        return steps;
    }
}
