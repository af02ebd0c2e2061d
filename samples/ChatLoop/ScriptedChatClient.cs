using Microsoft.Extensions.AI;

namespace ChatLoop;

/// <summary>
/// Stands in for a model, without a network: it ships an order at once, learns from the error that it has to unlock it, and does so at once when the memory has told it. Put any other
/// <see cref="IChatClient"/> in its place.
/// </summary>
internal sealed class ScriptedChatClient : IChatClient
{
    private int _calls;

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var all = messages.ToList();
        var done = all.SelectMany(m => m.Contents).OfType<FunctionResultContent>().ToList();
        var warned = all.Exists(m => m.Role == ChatRole.System && m.Text.Contains("unlock_order", StringComparison.Ordinal));
        var unlocked = all.SelectMany(m => m.Contents).OfType<FunctionCallContent>().Any(c => c.Name == "unlock_order");
        if (done.Exists(r => r.Result is "shipped"))
            return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, "The order is on its way.")));
        var tool = unlocked || (done.Count == 0 && !warned) ? "ship_order" : "unlock_order";
        var order = all.First(m => m.Role == ChatRole.User).Text.Split(' ')[^1];
        var call = new FunctionCallContent($"call-{++_calls}", tool, new Dictionary<string, object?> { ["order"] = order });
        return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, [call])));
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates())
            yield return update;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceType?.IsInstanceOfType(this) == true ? this : null;

    public void Dispose()
    {
        // It holds nothing.
    }
}
