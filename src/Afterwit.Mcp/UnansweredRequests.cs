using ModelContextProtocol.Protocol;

namespace Afterwit.Mcp;

/// <summary>What a client asked and was not answered yet.</summary>
internal sealed class UnansweredRequests
{
    private readonly Lock _lock = new();
    private readonly HashSet<RequestId> _ids = [];
    private readonly HashSet<RequestId> _subscriptions = [];
    private TaskCompletionSource? _empty;
    private bool _gaveUp;

    /// <summary>Notes a message that came: a request waits for its answer, one that is cancelled no longer does.</summary>
    public void Note(JsonRpcMessage message)
    {
        if (message is JsonRpcRequest request)
        {
            lock (_lock)
                (request.Method == RequestMethods.SubscriptionsListen ? _subscriptions : _ids).Add(request.Id);
        }
        else if (message is JsonRpcNotification { Method: NotificationMethods.CancelledNotification } cancelled && cancelled.Params?["requestId"] is System.Text.Json.Nodes.JsonValue id)
        {
            if (id.TryGetValue<string>(out var text))
                Remove(new(text));
            else if (id.TryGetValue<long>(out var number))
                Remove(new(number));
        }
    }

    /// <summary>It was answered, or will not be.</summary>
    public void Remove(RequestId id)
    {
        lock (_lock)
        {
            _subscriptions.Remove(id);
            _ids.Remove(id);
            if (_ids.Count == 0)
                _empty?.TrySetResult();
        }
    }

    /// <summary>Nobody reads answers any more.</summary>
    public void GiveUp()
    {
        lock (_lock)
        {
            _gaveUp = true;
            _empty?.TrySetResult();
        }
    }

    /// <summary>What stays open until somebody ends it.</summary>
    public IReadOnlyList<RequestId> Subscriptions
    {
        get
        {
            lock (_lock)
                return [.. _subscriptions];
        }
    }

    /// <summary>Waits until all but the subscriptions is answered.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_gaveUp || _ids.Count == 0)
                return Task.CompletedTask;
            _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _empty.Task.WaitAsync(cancellationToken);
        }
    }
}
