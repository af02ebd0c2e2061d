using Afterwit.LibSql.Protocol;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Protocol;

/// <summary>Answers of a real server, with the requests they answer.</summary>
internal static class Golden
{
    /// <summary>All answers to pipelines.</summary>
    public static IReadOnlyList<(string Name, HranaRequest[] Requests)> Pipelines { get; } =
    [
        ("http-pb-execute-values", [Execute(), Close]),
        ("http-pb-execute-rows", [Execute(), Close]),
        ("http-pb-execute-error", [Execute(), Execute(), Close]),
        ("http-pb-execute-syntax", [Execute(), Close]),
        ("http-pb-batch-ok", [Batch(5), Close]),
        ("http-pb-batch-error", [Batch(6), Close]),
        ("http-pb-all-others", [HranaRequest.Sequence(Sql), HranaRequest.Describe(Sql), new(RequestKind.StoreSql), new(RequestKind.CloseSql), new(RequestKind.GetAutocommit), Close]),
        ("http-pb-baton", [new(RequestKind.GetAutocommit)]),
        ("http-json-execute-rows", [Execute(), Close]),
        ("http-json-batch-error", [Batch(3), Close]),
        ("http-json-execute-error", [Execute(), Close]),
    ];

    public static IReadOnlyList<string> Cursors { get; } = ["cursor-pb", "cursor-pb-rows", "cursor-json"];

    public static HranaRequest Close => new(RequestKind.CloseStream);

    private static PreparedStatement Sql => new("SELECT 1");

    public static byte[] Answer(string name) => File.ReadAllBytes(Repository.Path("tests", "Afterwit.LibSql.Tests", "Data", "golden", name + ".response.bin"));

    public static PipelineMessages Messages(string name) => PipelineMessages.For(name.Contains("json", StringComparison.Ordinal) ? HttpEncoding.Json : HttpEncoding.Protobuf);

    public static (StreamHead Head, HranaResponse[] Answers) Read(string name) => Read(Messages(name), Answer(name), Pipelines.Single(p => p.Name == name).Requests);

    public static (StreamHead Head, HranaResponse[] Answers) Read(PipelineMessages messages, ReadOnlySpan<byte> answer, HranaRequest[] requests)
    {
        var answers = new HranaResponse[requests.Length];
        return (messages.ReadPipeline(answer, requests, answers), answers);
    }

    public static (StreamHead Head, List<CursorEntry> Entries) ReadCursor(PipelineMessages messages, ReadOnlySpan<byte> answer)
    {
        var (head, entries) = (default(StreamHead?), new List<CursorEntry>());
        for (int taken; (taken = messages.TakeMessage(answer, out var message)) > 0; answer = answer[taken..])
        {
            if (head is null)
                head = messages.ReadHead(message);
            else
                entries.Add(messages.ReadEntry(message));
        }

        return (head ?? default, entries);
    }

    private static HranaRequest Execute() => HranaRequest.Execute(new(Sql, []));

    private static HranaRequest Batch(int steps) => HranaRequest.Batch([.. Enumerable.Range(0, steps).Select(_ => new BoundStep(new(Sql, []), null))]);
}
