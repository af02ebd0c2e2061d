using System.Globalization;
using System.Net;
using System.Text;

namespace Afterwit.LibSql.Transport;

/// <summary>What failed over HTTP, as an error that says what to do.</summary>
internal static class HttpFailures
{
    /// <summary>The server knows the stream no more. Nothing was done.</summary>
    public const string StreamExpired = "STREAM_EXPIRED";

    private const int Shown = 500;

    /// <summary>An answer that is a refusal.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="error">What its body says. Null when that is text.</param>
    /// <param name="body">Its body.</param>
    /// <param name="address">The server.</param>
    /// <param name="database">The namespace that was asked for.</param>
    public static LibSqlException Answered(HttpStatusCode status, ServerError? error, ReadOnlySpan<byte> body, ServerAddress address, string? database)
    {
        var server = address.Name;
        var number = ((int)status).ToString(CultureInfo.InvariantCulture);
        var text = error?.Message ?? Encoding.UTF8.GetString(body[..Math.Min(body.Length, Shown)]).Trim();
        if (text.Length == 0)
            text = "HTTP " + number;
        switch (status)
        {
            case HttpStatusCode.BadRequest when error?.Code == StreamExpired || text == "Received an invalid baton": // its process is a new one
                return new LibSqlServerException(new($"The server at {server} has closed the stream, and undone what was open on it: {text}.", StreamExpired));
            case HttpStatusCode.BadRequest when error is not null:
                return new LibSqlServerException(error);
            case HttpStatusCode.BadRequest:
                // A baton that was used says that the same message came twice, as by a proxy on the way: once it was taken.
                return new HranaProtocolException($"The server at {server} refused a message: {text}.") { OutcomeUnknown = text.Contains("already been used", StringComparison.Ordinal) };
            case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden:
                return Authentication.Refused(address, new(text, error?.Code));
            case HttpStatusCode.NotFound when text.Contains("amespace", StringComparison.Ordinal):
                return new LibSqlException($"The server at {server} has no namespace '{database ?? "of its default name"}': {text}. Set Namespace to one that exists, or create it.");
            case HttpStatusCode.NotFound:
                return new LibSqlException($"There is no libSQL server at {server}: {text}. Check the URL.");
            case HttpStatusCode.TooManyRequests:
                return new LibSqlConnectionException($"The server's stream limit is reached at {server}: {text}. Lower MaxStreams of its clients, or raise --max-concurrent-connections of the server.");
            case >= HttpStatusCode.InternalServerError:
                return new LibSqlServerException(new($"The server at {server} failed: {text}.", error?.Code)) { OutcomeUnknown = true };
            default:
                return new LibSqlException($"The server at {server} answered HTTP {number}: {text}. Check the URL.");
        }
    }

    /// <summary>No answer, or none that could be read.</summary>
    /// <param name="cause">What the platform says.</param>
    /// <param name="server">The server's name.</param>
    /// <param name="isSent">Whether the server may have got the message.</param>
    /// <param name="deadline">The deadline of the call.</param>
    /// <param name="connectTimeout">How long a connection may take.</param>
    public static LibSqlException Broke(Exception cause, string server, bool isSent, Deadline deadline, TimeSpan connectTimeout) => cause switch
    {
        OperationCanceledException when isSent || deadline.HasPassed =>
            new LibSqlConnectionException($"The server at {server} did not answer within {deadline.Allowed.TotalSeconds:0.###} s. Try again, or raise Timeout.", cause) { OutcomeUnknown = isSent },
        OperationCanceledException =>
            new LibSqlConnectionException($"There was no connection to {server} within {connectTimeout.TotalSeconds:0.###} s. Check the URL and the network, or raise ConnectTimeout.", cause),
        InvalidDataException or HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } =>
            new HranaProtocolException($"What answers at {server} is no libSQL server: {Innermost(cause)}. Check the URL.", cause) { OutcomeUnknown = isSent },
        _ when isSent =>
            new LibSqlConnectionException($"The connection to {server} broke before the whole answer came: {Innermost(cause)}. Try again if it is safe to do it twice.", cause) { OutcomeUnknown = true },
        _ => new LibSqlConnectionException($"The server at {server} cannot be reached: {Innermost(cause)}. Check that it runs, and the URL.", cause),
    };

    private static string Innermost(Exception cause) => cause.GetBaseException().Message.TrimEnd('.');
}
