using System.Globalization;
using System.Net;
using System.Text;
using Afterwit.LibSql.Protocol;

namespace Afterwit.LibSql.Transport;

/// <summary>What failed over HTTP, as an error that says what to do.</summary>
internal sealed class HttpFailures(ServerAddress address, LibSqlOptions options)
{
    /// <summary>The server knows the stream no more. Nothing was done.</summary>
    public const string StreamExpired = "STREAM_EXPIRED";

    private const int Shown = 500;

    /// <summary>The server, for messages.</summary>
    public string Server => address.Name;

    /// <summary>An answer that is a refusal.</summary>
    public LibSqlException Answered(HttpStatusCode status, ReadOnlySpan<byte> body)
    {
        var (number, error) = (((int)status).ToString(CultureInfo.InvariantCulture), PipelineMessages.TryReadFailure(body));
        var text = error?.Message ?? Encoding.UTF8.GetString(body[..Math.Min(body.Length, Shown)]).Trim();
        if (text.Length == 0)
            text = "HTTP " + number;
        switch (status)
        {
            case HttpStatusCode.BadRequest when error?.Code == StreamExpired || text == "Received an invalid baton": // its process is a new one
                return new LibSqlServerException(new($"The server at {Server} has closed the stream, and undone what was open on it: {text}.", StreamExpired));
            case HttpStatusCode.BadRequest when error is not null:
                return new LibSqlServerException(error);
            case HttpStatusCode.BadRequest:
                // A baton that was used says that the same message came twice, as by a proxy on the way: once it was taken.
                return new HranaProtocolException($"The server at {Server} refused a message: {text}.") { OutcomeUnknown = text.Contains("already been used", StringComparison.Ordinal) };
            case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden:
                return Authentication.Refused(address, new(text, error?.Code));
            case HttpStatusCode.NotFound when text.Contains("amespace", StringComparison.Ordinal):
                return new LibSqlException($"The server at {Server} has no namespace '{options.Namespace ?? "of its default name"}': {text}. Set Namespace to one that exists, or create it.");
            case HttpStatusCode.NotFound:
                return new LibSqlException($"There is no libSQL server at {Server}: {text}. Check the URL.");
            case HttpStatusCode.TooManyRequests:
                return new LibSqlConnectionException($"The server's stream limit is reached at {Server}: {text}. Lower MaxStreams of its clients, or raise --max-concurrent-connections of the server.");
            case HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout:
                return new LibSqlConnectionException($"The server behind {Server} does not answer: {text}. Check the server and what stands before it.") { OutcomeUnknown = true };
            case >= HttpStatusCode.InternalServerError:
                return new LibSqlServerException(new($"The server at {Server} failed: {text}.", error?.Code)) { OutcomeUnknown = true };
            default:
                return new LibSqlException($"The server at {Server} answered HTTP {number}: {text}. Check the URL.");
        }
    }

    /// <summary>No answer, or none that could be read.</summary>
    /// <param name="cause">What the platform says.</param>
    /// <param name="isSent">Whether the server may have got the message.</param>
    /// <param name="deadline">The deadline of the call.</param>
    public LibSqlException Broke(Exception cause, bool isSent, Deadline deadline) => cause switch
    {
        OperationCanceledException when isSent || deadline.HasPassed =>
            new LibSqlConnectionException($"The server at {Server} did not answer within {deadline.Allowed.TotalSeconds:0.###} s. Try again, or raise Timeout.", cause) { OutcomeUnknown = isSent },
        OperationCanceledException =>
            new LibSqlConnectionException($"There was no connection to {Server} within {options.ConnectTimeout.TotalSeconds:0.###} s. Check the URL and the network, or raise ConnectTimeout.", cause),
        InvalidDataException or HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } =>
            new HranaProtocolException($"What answers at {Server} is no libSQL server: {Innermost(cause)}. Check the URL.", cause) { OutcomeUnknown = isSent },
        _ when isSent =>
            new LibSqlConnectionException($"The connection to {Server} broke before the whole answer came: {Innermost(cause)}. Try again if it is safe to do it twice.", cause) { OutcomeUnknown = true },
        _ => new LibSqlConnectionException($"The server at {Server} cannot be reached: {Innermost(cause)}. Check that it runs, and the URL.", cause),
    };

    private static string Innermost(Exception cause) => cause.GetBaseException().Message.TrimEnd('.');
}
