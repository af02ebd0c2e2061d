using System.Buffers.Binary;

namespace Afterwit.LibSql;

/// <summary>
/// The streams that a usual week needs, quarter of an hour by quarter of an hour. A quarter of a weekday that was seen too seldom leans on the same quarter of all days.
/// </summary>
/// <remarks>About 7 KB, however long it learns. Not for several threads at once.</remarks>
internal sealed class LoadProfile
{
    /// <summary>The length of a slot.</summary>
    public static readonly TimeSpan Slot = TimeSpan.FromMinutes(15);

    private const int SlotsOfDay = 96;
    private const int SlotsOfWeek = 7 * SlotsOfDay;

    /// <summary>The weight of the newest week once there are enough: four weeks say most of what is known.</summary>
    private const float NewestWeight = 0.25f;

    /// <summary>All days together count as much as so many sights of the very weekday.</summary>
    private const float DayWeight = 0.5f;

    private const uint Format = 0x31_4C_57_41; // "AWL1", little-endian

    /// <summary>Bytes of a slot when saved: need, variance, how often it was seen.</summary>
    private const int Entry = sizeof(float) + sizeof(float) + 1;

    // First the slots of the week, then those of a day whichever it is.
    private readonly float[] _need = new float[SlotsOfWeek + SlotsOfDay];
    private readonly float[] _variance = new float[SlotsOfWeek + SlotsOfDay];
    private readonly byte[] _seen = new byte[SlotsOfWeek + SlotsOfDay];

    /// <summary>Learns what a slot needed.</summary>
    /// <param name="at">Any moment of the slot, in the time of the place.</param>
    /// <param name="need">Streams.</param>
    public void Learn(DateTime at, double need)
    {
        var slot = SlotOf(at);
        Learn(slot, (float)need);
        Learn(SlotsOfWeek + slot % SlotsOfDay, (float)need);
    }

    /// <summary>What a moment usually needs.</summary>
    /// <returns>Streams and their standard deviation from week to week; null for a time of day that was never seen.</returns>
    public (double Need, double Spread)? Expect(DateTime at)
    {
        var slot = SlotOf(at);
        var day = SlotsOfWeek + slot % SlotsOfDay;
        if (_seen[day] == 0)
            return null;
        var share = _seen[slot] / (_seen[slot] + DayWeight);
        return (_need[day] + share * (_need[slot] - _need[day]), Math.Sqrt(_variance[day] + share * (_variance[slot] - _variance[day])));
    }

    /// <summary>What was learned, for a later process.</summary>
    public byte[] Save()
    {
        var blob = new byte[sizeof(uint) + _seen.Length * Entry];
        BinaryPrimitives.WriteUInt32LittleEndian(blob, Format);
        var rest = blob.AsSpan(sizeof(uint));
        for (var i = 0; i < _seen.Length; i++, rest = rest[Entry..])
        {
            BinaryPrimitives.WriteSingleLittleEndian(rest, _need[i]);
            BinaryPrimitives.WriteSingleLittleEndian(rest[4..], _variance[i]);
            rest[8] = _seen[i];
        }

        return blob;
    }

    /// <summary>Reads what <see cref="Save"/> gave. Anything else changes nothing: the profile is learned anew.</summary>
    /// <returns>True when it was read.</returns>
    public bool Load(ReadOnlySpan<byte> blob)
    {
        if (blob.Length != sizeof(uint) + _seen.Length * Entry || BinaryPrimitives.ReadUInt32LittleEndian(blob) != Format)
            return false;
        for (var rest = blob[4..]; rest.Length > 0; rest = rest[Entry..])
        {
            if (!(BinaryPrimitives.ReadSingleLittleEndian(rest) is >= 0 and < 1e6f && BinaryPrimitives.ReadSingleLittleEndian(rest[4..]) is >= 0 and < 1e12f))
                return false;
        }

        for (var i = 0; i < _seen.Length; i++)
        {
            var entry = blob[(sizeof(uint) + i * Entry)..];
            (_need[i], _variance[i], _seen[i]) = (BinaryPrimitives.ReadSingleLittleEndian(entry), BinaryPrimitives.ReadSingleLittleEndian(entry[4..]), entry[8]);
        }

        return true;
    }

    private static int SlotOf(DateTime at) => (int)at.DayOfWeek * SlotsOfDay + (int)(at.TimeOfDay.Ticks / Slot.Ticks);

    private void Learn(int slot, float need)
    {
        if (_seen[slot] < byte.MaxValue)
            _seen[slot]++;
        var weight = Math.Max(NewestWeight, 1f / _seen[slot]);
        var surprise = need - _need[slot];
        _need[slot] += weight * surprise;
        _variance[slot] = (1 - weight) * (_variance[slot] + weight * surprise * surprise);
    }
}
