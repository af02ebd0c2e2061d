namespace Afterwit.LibSql.Tests.Pooling;

public sealed class LoadProfileTests
{
    private static readonly DateTime Monday = SizedPool.Start.DateTime;

    private readonly LoadProfile _profile = new();

    [Fact]
    public void Knows_nothing_of_a_time_that_it_never_saw()
    {
        _profile.Learn(Monday.AddHours(9), 5);
        Assert.Null(_profile.Expect(Monday.AddHours(10)));
    }

    [Fact]
    public void A_weekday_that_was_never_seen_is_like_the_others()
    {
        _profile.Learn(Monday.AddHours(9), 5);
        Assert.Equal((5, 0), _profile.Expect(Monday.AddDays(3).AddHours(9.2)));
    }

    [Fact]
    public void A_weekday_that_was_seen_is_like_itself()
    {
        for (var day = 0; day < 28; day++)
            _profile.Learn(Monday.AddDays(day), day % 7 == 6 ? 2 : 8);
        Assert.InRange(_profile.Expect(Monday.AddDays(27))!.Value.Need, 2, 3);
        Assert.InRange(_profile.Expect(Monday.AddDays(28))!.Value.Need, 7.5, 8);
    }

    [Fact]
    public void The_last_weeks_count_most()
    {
        for (var week = 0; week < 12; week++)
            _profile.Learn(Monday.AddDays(7 * week), week < 6 ? 3 : 9);
        Assert.InRange(_profile.Expect(Monday)!.Value.Need, 7.5, 9);
    }

    [Fact]
    public void What_differs_from_week_to_week_is_spread()
    {
        for (var week = 0; week < 20; week++)
            _profile.Learn(Monday.AddDays(7 * week), 5 + week % 2 * 2);
        Assert.InRange(_profile.Expect(Monday)!.Value.Spread, 0.7, 1.3);
    }

    [Fact]
    public void Comes_back_from_what_was_saved()
    {
        for (var slot = 0; slot < 2_000; slot++)
            _profile.Learn(Monday + slot * LoadProfile.Slot, slot % 13);
        var saved = _profile.Save();
        var other = new LoadProfile();
        Assert.True(other.Load(saved));
        Assert.Equal(saved, other.Save());
        for (var slot = 0; slot < 672; slot++)
            Assert.Equal(_profile.Expect(Monday + slot * LoadProfile.Slot), other.Expect(Monday + slot * LoadProfile.Slot));
        Assert.InRange(saved.Length, 1, 8_000);
    }

    [Fact]
    public void Garbage_changes_nothing()
    {
        _profile.Learn(Monday, 5);
        var saved = _profile.Save();
        var random = new Random(3);
        var noise = new byte[saved.Length];
        random.NextBytes(noise);
        byte[] notANumber = [.. saved], otherFormat = [.. saved];
        BitConverter.GetBytes(float.NaN).CopyTo(notANumber, 4 + 9 * 50);
        otherFormat[0]++;
        foreach (var blob in (byte[][])[[], [1, 2, 3], noise, saved[..^1], [.. saved, 0], notANumber, otherFormat])
            Assert.False(_profile.Load(blob));
        Assert.Equal(saved, _profile.Save());
    }
}
