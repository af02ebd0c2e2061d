using Afterwit.LibSql.Pooling;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Pooling;

public sealed class ProfileFileTests
{
    private static readonly DateTime Monday = new(2026, 3, 2, 9, 0, 0, DateTimeKind.Unspecified);

    [Fact]
    public async Task What_a_client_learned_of_the_load_outlives_it()
    {
        using var folder = new TemporaryFolder();
        var options = new LibSqlOptions { LoadProfileFolder = folder.Path };
        await using (var first = new LibSqlClient("ws://127.0.0.1:1", options))
            Learn(first);
        await using var second = new LibSqlClient("ws://127.0.0.1:1", options);
        await using var other = new LibSqlClient("ws://127.0.0.1:2", options);
        Assert.Equal(5, Profile(second).Expect(Monday)!.Value.Need, 1e-3);
        Assert.Null(Profile(other).Expect(Monday)); // another server has another week
    }

    [Fact]
    public void A_file_that_is_no_profile_is_learned_anew()
    {
        using var folder = new TemporaryFolder();
        var file = new ProfileFile(folder.Path, "ws://here");
        file.Save([1, 2, 3]);
        Assert.Null(file.Load().Expect(Monday));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_costs_the_forecast_alone()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["taken"], "");
        var file = new ProfileFile(folder["taken"], "ws://here");
        file.Save(new LoadProfile().Save());
        Assert.Null(file.Load().Expect(Monday));
    }

    private static LoadProfile Profile(LibSqlClient client) => client.Servers.Primary.Profile;

    private static void Learn(LibSqlClient client) => Profile(client).Learn(Monday, 5);
}
