using System.Text;

namespace Afterwit.Storage;

/// <summary>
/// An episode as the store would give it back after it was written, without reading it: a copy, so that a list that its caller changes later changes nothing here. Null where a read
/// could give something else, such as for text that is not valid Unicode.
/// </summary>
internal static class StoredForm
{
    /// <summary>A whole episode.</summary>
    public static Episode? Of(Episode e)
    {
        if (e is { Outcome: null } and not { Reward: null, Reflection: null, EndedAt: null })
            return null; // the store keeps these of finished ones alone
        if (!IsExact(e.Outcome?.Score) || !IsExact(e.Reward?.Value)
            || !Texts(e).All(IsExact) || Of(e.Steps, 0) is not { } steps)
            return null;
        return e with
        {
            Metadata = e.Metadata.ToDictionary(pair => pair.Key, pair => pair.Value),
            Reward = e.Reward is { } reward ? reward with { Components = [.. reward.Components] } : null,
            Reflection = e.Reflection is { } reflection ? new(Copy(reflection.Worked), Copy(reflection.Failed), Copy(reflection.Lessons)) : null,
            Steps = steps,
        };
    }

    /// <summary>Steps, the first of them at this ordinal.</summary>
    public static IReadOnlyList<Step>? Of(IReadOnlyList<Step> steps, int first) =>
        steps.All(s => IsExact(s.Speaker) && IsExact(s.Text) && IsExact(s.Tool) && IsExact(s.Arguments) && IsExact(s.Observation) && IsExact(s.ErrorClass))
            ? [.. steps.Select((s, i) => s with { Ordinal = first + i, Latency = s.Latency is { } latency ? TimeSpan.FromMilliseconds((long)latency.TotalMilliseconds) : null })]
            : null;

    private static IReadOnlyList<ReflectionNote> Copy(IReadOnlyList<ReflectionNote> notes) => [.. notes.Select(n => n with { Steps = [.. n.Steps] })];

    private static IEnumerable<string?> Texts(Episode e) =>
    [
        e.SourceId, e.Task, e.Scope.Project, e.Scope.Agent, e.Scope.User, e.Scope.Run, e.Context.Domain, e.Context.Language, e.Context.Framework, e.Context.Complexity, .. e.Context.Tags,
        .. e.Metadata.SelectMany(p => new[] { p.Key, p.Value }), e.Outcome?.Summary, .. e.Reward?.Components.Select(c => c.Name) ?? [],
        .. e.Reflection is { } r ? r.Worked.Concat(r.Failed).Concat(r.Lessons).Select(n => n.Text) : [],
    ];

    private static bool IsExact(double? value) => value is null || double.IsFinite(value.Value);

    private static bool IsExact(string? text)
    {
        for (var rest = text.AsSpan(); rest.IndexOfAnyInRange('\uD800', '\uDFFF') is >= 0 and var at;)
        {
            if (Rune.DecodeFromUtf16(rest[at..], out _, out var length) != System.Buffers.OperationStatus.Done)
                return false;
            rest = rest[(at + length)..];
        }

        return true;
    }
}
