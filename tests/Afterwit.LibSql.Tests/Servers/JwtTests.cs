using System.Net;
using System.Text.Json.Nodes;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Servers;

public sealed class JwtTests
{
    private static readonly JsonObject Write = new() { ["type"] = "execute", ["stmt"] = new JsonObject { ["sql"] = "CREATE TABLE IF NOT EXISTS t(x)" } };
    private static readonly JsonObject Read = new() { ["type"] = "execute", ["stmt"] = new JsonObject { ["sql"] = "SELECT 1" } };

    [Fact]
    public async Task A_token_is_worth_what_its_claims_say()
    {
        using var jwt = await Jwt.CreateAsync();
        using var stranger = await Jwt.CreateAsync();
        await using var server = await SqldServer.StartAsync(new() { Namespaces = true, JwtKeyFile = jwt.KeyFile });
        await server.CreateNamespaceAsync("one");
        await server.CreateNamespaceAsync("two");

        async Task<HttpStatusCode> Try(string name, string? token, JsonObject request)
        {
            using var raw = new RawSqld(server.Url, name, token);
            return (await raw.PipelineAsync((JsonObject)request.DeepClone())).Status;
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await Try("one", null, Read));
        Assert.Equal(HttpStatusCode.Unauthorized, await Try("one", await stranger.TokenAsync(), Read));
        Assert.Equal(HttpStatusCode.OK, await Try("one", await jwt.TokenAsync(), Write));
        Assert.Equal(HttpStatusCode.OK, await Try("one", await jwt.TokenAsync("""{"a":"ro"}"""), Read));
        Assert.Equal(HttpStatusCode.Forbidden, await Try("one", await jwt.TokenAsync("""{"a":"ro"}"""), Write));
        Assert.Equal(HttpStatusCode.OK, await Try("one", await jwt.TokenAsync("""{"id":"one"}"""), Write));
        Assert.NotEqual(HttpStatusCode.OK, await Try("two", await jwt.TokenAsync("""{"id":"one"}"""), Write));
        Assert.Equal(HttpStatusCode.Unauthorized, await Try("one", await jwt.TokenAsync("""{"exp":1000000000}"""), Read));
        Assert.Equal(HttpStatusCode.OK, await Try("one", await jwt.TokenAsync("""{"exp":9000000000}"""), Read));
    }
}
