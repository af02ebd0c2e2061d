using Afterwit.LibSql.Transport;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Faults;

/// <summary>How long a server that does not answer is left alone: what bounds the time until a client is back.</summary>
public sealed class CircuitTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void However_long_the_server_is_gone_the_next_probe_is_at_most_two_seconds_away_and_its_success_lets_all_through()
    {
        var circuit = new Circuit(_time, new());
        for (var failure = 1; failure <= 3; failure++)
        {
            Assert.True(circuit.TryEnter(out _));
            circuit.Failed(new InvalidOperationException($"{failure}"));
        }

        for (var probe = 0; probe < 100; probe++)
        {
            Assert.False(circuit.TryEnter(out var wait));
            Assert.InRange(wait, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2));
            _time.Advance(wait);
            Assert.True(circuit.TryEnter(out _));
            Assert.False(circuit.TryEnter(out _)); // one at a time
            circuit.Failed(new InvalidOperationException($"probe {probe}"));
        }

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(circuit.TryEnter(out _));
        circuit.Succeeded();
        Assert.True(circuit.IsClosed && circuit.TryEnter(out _) && circuit.TryEnter(out _));
    }
}
