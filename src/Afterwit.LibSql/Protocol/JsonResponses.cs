using System.Text.Json;
using static Afterwit.LibSql.Protocol.JsonReading;
using static Afterwit.LibSql.Protocol.JsonResults;

namespace Afterwit.LibSql.Protocol;

/// <summary>Answers in JSON. The members of an object may come in any order, and unknown ones are passed over.</summary>
internal static class JsonResponses
{
    public static StreamHead ReadPipeline(ReadOnlySpan<byte> json, ReadOnlySpan<HranaRequest> requests, Span<HranaResponse> responses)
    {
        try
        {
            var (head, answered) = (default(StreamHead), 0);
            var reader = Start(json);
            while (NextMember(ref reader, out var name))
            {
                if (!name.SequenceEqual("results"u8))
                {
                    ReadHeadMember(ref reader, name, ref head);
                    continue;
                }

                Expect(reader, JsonTokenType.StartArray);
                for (; NextItem(ref reader); answered++)
                {
                    if (answered >= requests.Length)
                        throw new HranaProtocolException($"The server gave more answers than the {requests.Length} requests of the message.");
                    responses[answered] = ReadAnswer(ref reader, json, requests[answered]);
                }
            }

            return answered == requests.Length ? head : throw new HranaProtocolException($"The server gave {answered} answers to {requests.Length} requests.");
        }
        catch (Exception e) when (IsMalformed(e))
        {
            throw Malformed(e);
        }
    }

    /// <summary>The first line of a cursor.</summary>
    public static StreamHead ReadHead(ReadOnlySpan<byte> json)
    {
        try
        {
            var head = default(StreamHead);
            var reader = Start(json);
            while (NextMember(ref reader, out var name))
                ReadHeadMember(ref reader, name, ref head);
            return head;
        }
        catch (Exception e) when (IsMalformed(e))
        {
            throw Malformed(e);
        }
    }

    /// <summary>Every other line of a cursor.</summary>
    public static CursorEntry ReadEntry(ReadOnlySpan<byte> json)
    {
        try
        {
            var (entry, kind) = (default(CursorEntry), default(CursorEntryKind?));
            var reader = Start(json);
            while (NextMember(ref reader, out var name))
            {
                if (name.SequenceEqual("type"u8))
                    kind = EntryKind(reader);
                else if (name.SequenceEqual("step"u8))
                    entry = entry with { Step = reader.GetInt32() };
                else if (name.SequenceEqual("cols"u8))
                    entry = entry with { Columns = new([.. ReadColumnList(ref reader)]) };
                else if (name.SequenceEqual("error"u8))
                    entry = entry with { Error = ReadError(ref reader) };
                else if (name.SequenceEqual("replication_index"u8))
                    entry = entry with { ReplicationIndex = ReadUInt64(reader) ?? 0 };
                else if (name.SequenceEqual("row"u8))
                {
                    var values = new List<SqlValue>();
                    ReadRow(ref reader, values);
                    entry = entry with { Row = [.. values] };
                }
                else
                    reader.Skip();
            }

            return entry with { Kind = kind ?? throw new JsonException("an entry of a cursor has no type") };
        }
        catch (Exception e) when (IsMalformed(e))
        {
            throw Malformed(e);
        }
    }

    /// <summary>What a body that is no answer says of its failure.</summary>
    /// <returns>Null when it is no JSON of the server's.</returns>
    public static ServerError? TryReadFailure(ReadOnlySpan<byte> json)
    {
        try
        {
            var error = default(ServerError);
            var reader = Start(json);
            while (NextMember(ref reader, out var name))
            {
                if (name.SequenceEqual("error"u8) || name.SequenceEqual("message"u8))
                    error = new(reader.GetString()!, error?.Code);
                else if (name.SequenceEqual("code"u8))
                    error = new(error?.Message ?? "", reader.GetString());
                else
                    reader.Skip();
            }

            return error;
        }
        catch (Exception e) when (IsMalformed(e))
        {
            return null;
        }
    }

    private static HranaResponse ReadAnswer(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, in HranaRequest request)
    {
        var answer = default(HranaResponse?);
        Expect(reader, JsonTokenType.StartObject);
        while (NextMember(ref reader, out var name))
        {
            if (name.SequenceEqual("response"u8))
                answer = ReadResponse(ref reader, json, request);
            else if (name.SequenceEqual("error"u8))
                answer = new(request.Kind, Error: ReadError(ref reader));
            else
                reader.Skip();
        }

        return answer ?? throw new JsonException($"the answer to {request.Kind} is empty");
    }

    private static HranaResponse ReadResponse(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, in HranaRequest request)
    {
        var answer = new HranaResponse(request.Kind);
        Expect(reader, JsonTokenType.StartObject);
        while (NextMember(ref reader, out var name))
        {
            if (name.SequenceEqual("type"u8) && !reader.ValueTextEquals(JsonPipeline.Name(request.Kind)))
                throw new HranaProtocolException($"The server answered something else than {request.Kind}.");
            if (name.SequenceEqual("is_autocommit"u8))
                answer = answer with { IsAutocommit = reader.GetBoolean() };
            else if (name.SequenceEqual("result"u8))
            {
                answer = answer with
                {
                    Payload = request.Kind switch
                    {
                        RequestKind.Execute => ReadResult(ref reader, json, request.Statement.Prepared),
                        RequestKind.Batch => ReadBatch(ref reader, json, request.Steps!),
                        RequestKind.Describe => ReadDescription(ref reader),
                        _ => throw new JsonException($"{request.Kind} has no result"),
                    },
                };
            }
            else
                reader.Skip();
        }

        return answer;
    }

    private static CursorEntryKind EntryKind(in Utf8JsonReader reader) => reader.GetString() switch
    {
        "step_begin" => CursorEntryKind.StepBegin,
        "step_end" => CursorEntryKind.StepEnd,
        "step_error" => CursorEntryKind.StepError,
        "row" => CursorEntryKind.Row,
        "error" => CursorEntryKind.Error,
        "replication_index" => CursorEntryKind.ReplicationIndex,
        var kind => throw new JsonException($"an entry of a cursor has the unknown type '{kind}'"),
    };

    private static void ReadHeadMember(ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> name, ref StreamHead head)
    {
        if (name.SequenceEqual("baton"u8))
            head = head with { Baton = reader.GetString() };
        else if (name.SequenceEqual("base_url"u8))
            head = head with { BaseUrl = reader.GetString() };
        else
            reader.Skip();
    }
}
