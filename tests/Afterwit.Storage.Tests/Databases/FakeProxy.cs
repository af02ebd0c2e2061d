using System.Reflection;

namespace Afterwit.Storage.Tests.Databases;

/// <summary>Stands in for any interface: every call goes through one function, which may call what is behind it.</summary>
public class FakeProxy : DispatchProxy
{
    private Func<MethodInfo, object?[], object?> _call = null!;

    public static T Of<T>(Func<MethodInfo, object?[], object?> call)
        where T : class
    {
        var proxy = Create<T, FakeProxy>();
        ((FakeProxy)(object)proxy)._call = call;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _call(targetMethod!, args ?? []);
}
