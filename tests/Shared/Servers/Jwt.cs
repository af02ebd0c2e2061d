using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Afterwit.Tests.Shared;

/// <summary>A key and tokens signed with it, as the server wants them: EdDSA over Ed25519, which the platform does not have and openssl has.</summary>
internal sealed class Jwt : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private Jwt()
    {
    }

    /// <summary>What <see cref="SqldOptions.JwtKeyFile"/> wants.</summary>
    public string KeyFile => _folder["public.pem"];

    public static async Task<Jwt> CreateAsync()
    {
        var jwt = new Jwt();
        await OpenSslAsync("genpkey", "-algorithm", "ed25519", "-out", jwt._folder["key.pem"]);
        await OpenSslAsync("pkey", "-in", jwt._folder["key.pem"], "-pubout", "-out", jwt.KeyFile);
        return jwt;
    }

    /// <summary>A token with claims as JSON: <c>{}</c> may do everything, <c>{"a":"ro"}</c> reads only, <c>{"id":"name"}</c> reaches one namespace, <c>exp</c> is in seconds.</summary>
    public async Task<string> TokenAsync(string claims = "{}")
    {
        var signed = $"{Base64Url.EncodeToString("""{"alg":"EdDSA","typ":"JWT"}"""u8)}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        await File.WriteAllTextAsync(_folder["signed"], signed);
        await OpenSslAsync("pkeyutl", "-sign", "-rawin", "-inkey", _folder["key.pem"], "-in", _folder["signed"], "-out", _folder["signature"]);
        return $"{signed}.{Base64Url.EncodeToString(await File.ReadAllBytesAsync(_folder["signature"]))}";
    }

    public void Dispose() => _folder.Dispose();

    private static async Task OpenSslAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments) { UseShellExecute = false })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"openssl {string.Join(' ', arguments)} ended with {process.ExitCode.ToString(CultureInfo.InvariantCulture)}");
    }
}
