namespace Afterwit.LibSql.Protocol;

/// <summary>Hrana over HTTP as protobuf. Field numbers: libsql-hrana, hrana3.</summary>
internal sealed class ProtobufPipeline : PipelineMessages
{
    public static ProtobufPipeline Instance { get; } = new();

    public override string Version => "v3-protobuf";

    public override string MediaType => "application/x-protobuf";

    public override void WritePipeline(PooledBuffer buffer, string? baton, ReadOnlySpan<HranaRequest> requests)
    {
        if (baton is not null)
            buffer.WriteString(1, baton);
        foreach (ref readonly var request in requests)
        {
            var item = buffer.Begin(2);
            var body = buffer.Begin(Field(request.Kind));
            if (request.Kind is RequestKind.StoreSql or RequestKind.CloseSql)
                buffer.WriteInt32(1, request.Id);
            if (request.Kind == RequestKind.StoreSql)
                buffer.WriteBytes(2, request.Statement.Prepared.Utf8);
            else if (request.Kind != RequestKind.CloseSql)
                ProtobufRequests.WriteFields(buffer, request, 1);
            buffer.End(body);
            buffer.End(item);
        }
    }

    public override StreamHead ReadPipeline(ReadOnlySpan<byte> message, ReadOnlySpan<HranaRequest> requests, Span<HranaResponse> responses)
    {
        var (head, answered) = (default(StreamHead), 0);
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field != 3)
                ReadHeadField(ref reader, ref head);
            else if (answered < requests.Length)
            {
                responses[answered] = ReadResult(reader.ReadBytes(), requests[answered]);
                answered++;
            }
            else
                throw new HranaProtocolException($"The server gave more answers than the {requests.Length} requests of the message.");
        }

        return answered == requests.Length ? head : throw new HranaProtocolException($"The server gave {answered} answers to {requests.Length} requests.");
    }

    public override void WriteCursor(PooledBuffer buffer, string? baton, in HranaRequest batch)
    {
        if (baton is not null)
            buffer.WriteString(1, baton);
        ProtobufRequests.WriteBatch(buffer, 2, batch.Steps!, batch.ReplicationIndex);
    }

    public override int TakeMessage(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> message)
    {
        message = default;
        var (length, position) = (0U, 0);
        for (var shift = 0; ; shift += 7)
        {
            if (shift > 28)
                throw new HranaProtocolException("The length of a message has more than 32 bits.");
            if (position == bytes.Length)
                return 0;
            var next = bytes[position++];
            length |= (uint)(next & 0x7F) << shift;
            if (next < 0x80)
                break;
        }

        if (length > (uint)(bytes.Length - position))
            return 0;
        message = bytes.Slice(position, (int)length);
        return position + (int)length;
    }

    public override StreamHead ReadHead(ReadOnlySpan<byte> message)
    {
        var head = default(StreamHead);
        var reader = new ProtobufReader(message);
        while (reader.Next())
            ReadHeadField(ref reader, ref head);
        return head;
    }

    public override CursorEntry ReadEntry(ReadOnlySpan<byte> message) => ProtobufResponses.ReadEntry(message);

    private static void ReadHeadField(ref ProtobufReader reader, ref StreamHead head)
    {
        if (reader.Field == 1)
            head = head with { Baton = reader.ReadString() };
        else if (reader.Field == 2)
            head = head with { BaseUrl = reader.ReadString() };
        else
            reader.Skip();
    }

    private static HranaResponse ReadResult(ReadOnlySpan<byte> message, in HranaRequest request)
    {
        var reader = new ProtobufReader(message);
        if (!reader.Next())
            throw new HranaProtocolException($"The answer to {request.Kind} is empty.");
        if (reader.Field == 2)
            return new(request.Kind, Error: ProtobufResponses.ReadError(reader.ReadBytes()));
        var response = new ProtobufReader(reader.ReadBytes());
        return response.Next() && response.Field == Field(request.Kind)
            ? ProtobufResponses.Read(response.ReadBytes(), request)
            : throw new HranaProtocolException($"The server answered something else than {request.Kind}.");
    }

    private static int Field(RequestKind kind) => kind switch
    {
        RequestKind.CloseStream => 1,
        RequestKind.Execute => 2,
        RequestKind.Batch => 3,
        RequestKind.Sequence => 4,
        RequestKind.Describe => 5,
        RequestKind.StoreSql => 6,
        RequestKind.CloseSql => 7,
        RequestKind.GetAutocommit => 8,
        _ => throw new InvalidOperationException($"{kind} is not a request of a pipeline."),
    };
}
