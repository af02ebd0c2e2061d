namespace Afterwit.Tests.Shared;

/// <summary>How a <see cref="SqldServer"/> is started; without any, it is one open database that answers as the default namespace.</summary>
internal sealed record SqldOptions
{
    /// <summary>Many databases in one server: every request has to name one, as an address of four numbers names none.</summary>
    public bool Namespaces { get; init; }

    /// <summary>The public key of <see cref="Jwt"/>; with one, no request is answered without a token.</summary>
    public string? JwtKeyFile { get; init; }

    /// <summary>How many streams may be open at once; the server's own default is 128.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>Whether replicas may follow, see <see cref="SqldServer.GrpcUrl"/>.</summary>
    public bool Primary { get; init; }

    /// <summary>The primary to be a replica of.</summary>
    public string? PrimaryGrpcUrl { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];
}
