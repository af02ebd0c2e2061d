using System.Diagnostics;

namespace Afterwit.Tests.Episodes;

public sealed class SecretRedactorTests
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789ABCD";

    [Theory]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nxyz=\n-----END RSA PRIVATE KEY-----", "private-key")]
    [InlineData("AKIAABCDEFGHIJKLMNOP", "cloud-key")]
    [InlineData("AIzaabcdefghijklmnopqrstuvwxyz012345678", "cloud-key")]
    [InlineData("ghp_" + Letters, "forge-token")]
    [InlineData("github_pat_" + Letters + Letters, "forge-token")]
    [InlineData("sk-" + Letters, "api-key")]
    [InlineData("sk-proj-a_b-" + Letters, "api-key")]
    [InlineData("sk_live_" + Letters, "api-key")]
    [InlineData("xoxb-123456789012-abcdef", "chat-token")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "jwt")]
    public void A_credential_is_taken_out_wherever_it_stands(string secret, string kind)
    {
        foreach (var around in (string[])["{0}", "x {0} y", "\"{0}\"", "key={0}\nnext", "({0})", "日本{0}。"])
        {
            if (around[0] == '日' && kind != "private-key")
                continue; // a letter before it: not a word of its own
            var text = string.Format(System.Globalization.CultureInfo.InvariantCulture, around, secret);
            var clean = SecretRedactor.Redact(text)!;
            Assert.DoesNotContain(secret, clean);
            Assert.Contains("[REDACTED:", clean);
            Assert.Equal(clean, SecretRedactor.Redact(clean));
        }

        Assert.Equal($"[REDACTED:{kind}]", SecretRedactor.Redact(secret));
    }

    [Theory]
    [InlineData("Authorization: Bearer abcdef0123456789xyz", "Authorization: Bearer [REDACTED:bearer]")]
    [InlineData("postgres://user:pa55word@host/db", "postgres://user:[REDACTED:password]@host/db")]
    [InlineData("DB_PASSWORD=hunter2hunter2", "DB_PASSWORD=[REDACTED:value]")]
    [InlineData("{\"api_key\": \"abc123def456\"}", "{\"api_key\": \"[REDACTED:value]\"}")]
    [InlineData("client-secret: s3cr3tvalue; next", "client-secret: [REDACTED:value]; next")]
    public void The_words_around_a_credential_stay(string text, string expected) => Assert.Equal(expected, SecretRedactor.Redact(text));

    [Theory]
    [InlineData("password: incorrect")]
    [InlineData("the token expired, get an access token first")]
    [InlineData("invalid api key provided")]
    [InlineData("mail bob@example.com about https://example.com/a:b")]
    [InlineData("git@github.com:a/b.git at http://localhost:8080/x@y")]
    [InlineData("sk-learn and task-123456789")]
    [InlineData("password = os.environ[name]")]
    [InlineData("bearer of bad news")]
    [InlineData("tokens: 1200")]
    [InlineData("")]
    public void Ordinary_text_is_the_same_instance(string text) => Assert.Same(text, SecretRedactor.Redact(text));

    [Theory]
    [InlineData("sk-")]
    [InlineData("sk-a")]
    [InlineData("eyJ-")]
    [InlineData("eyJaaaaaaaaaaa.")]
    [InlineData("a-")]
    [InlineData("a@")]
    [InlineData("-----BEGIN ")]
    [InlineData("-----BEGIN A PRIVATE KEY-----")]
    [InlineData("://a:")]
    [InlineData("bearer  ")]
    [InlineData("password=x")]
    [InlineData("password ")]
    [InlineData("xoxb-")]
    [InlineData("ghp_")]
    [InlineData("AKIA")]
    [InlineData("x")]
    public void Hostile_text_of_a_megabyte_takes_linear_time(string repeated)
    {
        string Text(int length) => string.Concat(Enumerable.Repeat(repeated, length / repeated.Length)) + " secret@";
        var start = Stopwatch.GetTimestamp();
        SecretRedactor.Redact(Text(1_000_000));
        SecretRedactor.Redact(new string(repeated[0], 1_000_000) + Text(1_000));
        // What grows with the square of the length takes an hour.
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(2), $"{Stopwatch.GetElapsedTime(start)}");
    }

    [Fact]
    public void The_largest_text_is_taken_too()
    {
        var text = string.Concat(Enumerable.Repeat("2026-03-04 12:00:00 INFO user bob@example.com asked for an access token and got it\n", TextRules.MaxLength / 90));
        Assert.Equal(text, SecretRedactor.Redact(text));
    }
}
