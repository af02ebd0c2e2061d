using Microsoft.Extensions.AI;

namespace ChatLoop;

/// <summary>What the model may call: a shop whose orders have to be unlocked before they can be changed.</summary>
internal sealed class Tools
{
    private bool _unlocked;

    public bool Shipped { get; private set; }

    public FunctionResultContent Call(FunctionCallContent call)
    {
        try
        {
            return new(call.CallId, (object)(call.Name switch
            {
                "unlock_order" => Unlock(),
                "ship_order" when !_unlocked => throw new InvalidOperationException("Error: order is locked (code 423)"),
                "ship_order" => Ship(),
                _ => throw new InvalidOperationException($"Error: there is no tool {call.Name}"),
            }));
        }
        catch (InvalidOperationException e)
        {
            return new(call.CallId, result: null) { Exception = e };
        }
    }

    private string Unlock()
    {
        _unlocked = true;
        return "unlocked";
    }

    private string Ship()
    {
        Shipped = true;
        return "shipped";
    }
}
