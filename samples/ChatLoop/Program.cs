using Afterwit;
using ChatLoop;
using Microsoft.Extensions.AI;

// A chat loop with a memory: the first task meets an error and finds the way around it, the second one knows.
// Usage: dotnet run --project samples/ChatLoop [DATABASE]
await using var memory = await AgentMemory.OpenAsync(args.Length > 0 ? args[0] : ":memory:");
foreach (var task in (string[])["Ship the customer's order A-17", "Ship the customer's order B-42"])
{
    Console.WriteLine($"user: {task}");
    var tools = new Tools();
    // To run it against a real model, put its client here; it has to be told of the tools by ChatOptions.Tools.
    await using var client = new RememberingChatClient(new ScriptedChatClient(), memory, new(Project: "chat-loop", Agent: "shop"), domain: "orders");
    List<ChatMessage> history = [new(ChatRole.User, task)];
    for (var turn = 0; turn < 10; turn++)
    {
        var answer = await client.GetResponseAsync(history);
        history.AddRange(answer.Messages);
        var calls = answer.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>().ToList();
        if (calls.Count == 0)
        {
            Console.WriteLine($"assistant: {answer.Text}");
            break;
        }

        foreach (var call in calls)
        {
            var result = tools.Call(call);
            Console.WriteLine($"  {call.Name}: {result.Exception?.Message ?? result.Result}");
            history.Add(new(ChatRole.Tool, [result]));
        }
    }

    // The verdict comes from the world, not from the model.
    await client.EndAsync(tools.Shipped ? Outcome.Success("the order was shipped") : Outcome.Failure("the order was not shipped"));
}
