using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Afterwit.Dashboard.Security;

/// <summary>Who may come in: whoever brings the token, or the cookie of a login with it. The cookie is signed with a key of this process, so nothing is kept for it.</summary>
internal sealed class AccessToken(string token, TimeProvider time)
{
    /// <summary>The name of the cookie.</summary>
    public const string Cookie = "afterwit_session";

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private readonly byte[] _token = SHA256.HashData(Encoding.UTF8.GetBytes(token));
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>Whether a request may come in.</summary>
    public bool Admits(HttpRequest request) => IsBearer(request.Headers.Authorization) || (request.Cookies.TryGetValue(Cookie, out var cookie) && IsSession(cookie));

    /// <summary>Whether this is the token; takes as long whatever it is.</summary>
    public bool IsToken(string given) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), _token);

    /// <summary>Lets the browser that sent a login come in from now on.</summary>
    public void SignIn(HttpContext context)
    {
        var ends = (time.GetUtcNow() + Lifetime).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        context.Response.Cookies.Append(Cookie, $"{ends}.{Sign(ends)}", Attributes(context.Request));
    }

    /// <summary>Takes the cookie away again.</summary>
    public static void SignOut(HttpContext context) => context.Response.Cookies.Delete(Cookie, Attributes(context.Request));

    private static CookieOptions Attributes(HttpRequest request) => new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = request.IsHttps, Path = "/", IsEssential = true };

    private bool IsBearer(StringValues header) =>
        header is [{ } value] && value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) && IsToken(value["Bearer ".Length..].Trim());

    private bool IsSession(string cookie)
    {
        var dot = cookie.IndexOf('.', StringComparison.Ordinal);
        return dot > 0
            && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign(cookie[..dot])), Encoding.ASCII.GetBytes(cookie[(dot + 1)..]))
            && long.TryParse(cookie.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var ends) && time.GetUtcNow().ToUnixTimeSeconds() < ends;
    }

    private string Sign(string ends) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(ends)));
}
