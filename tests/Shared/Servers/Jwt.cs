using System.Buffers.Text;
using System.Diagnostics;
using System.Text;

namespace Afterwit.Tests.Shared;

/// <summary>A key and tokens signed with it, as the server wants them: EdDSA over Ed25519, which the platform does not have and openssl has.</summary>
internal sealed class Jwt : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public Jwt()
    {
        OpenSsl("genpkey", "-algorithm", "ed25519", "-out", _folder["key.pem"]);
        OpenSsl("pkey", "-in", _folder["key.pem"], "-pubout", "-out", KeyFile);
    }

    /// <summary>What <see cref="SqldOptions.JwtKeyFile"/> wants.</summary>
    public string KeyFile => _folder["public.pem"];

    /// <summary>A token with claims as JSON: <c>{}</c> may do everything, <c>{"a":"ro"}</c> reads only, <c>{"id":"name"}</c> reaches one namespace, <c>exp</c> is in seconds.</summary>
    public string Token(string claims = "{}")
    {
        var signed = $"{Base64Url.EncodeToString("""{"alg":"EdDSA","typ":"JWT"}"""u8)}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        File.WriteAllText(_folder["signed"], signed);
        OpenSsl("pkeyutl", "-sign", "-rawin", "-inkey", _folder["key.pem"], "-in", _folder["signed"], "-out", _folder["signature"]);
        return $"{signed}.{Base64Url.EncodeToString(File.ReadAllBytes(_folder["signature"]))}";
    }

    public void Dispose() => _folder.Dispose();

    private static void OpenSsl(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"openssl {string.Join(' ', arguments)}: {errors}");
    }
}
