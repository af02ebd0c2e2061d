using System.Reflection;
using System.Text;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests.PublicApi;

/// <summary>What users of the libraries can see changes only on purpose. To accept a change: <c>AFTERWIT_ACCEPT_API=1 dotnet test tests/Afterwit.Storage.Tests --filter PublicApiTests</c>.</summary>
public sealed class PublicApiTests
{
    private static readonly NullabilityInfoContext Nullability = new();

    [Theory]
    [InlineData(typeof(AgentMemory))]
    [InlineData(typeof(SqlMemoryStore))]
    [InlineData(typeof(LibSql.LibSqlClient))]
    public async Task The_public_surface_is_the_approved_one(Type ofLibrary)
    {
        var assembly = ofLibrary.Assembly;
        var approved = Repository.Path("tests", "Afterwit.Storage.Tests", "PublicApi", $"{assembly.GetName().Name}.txt");
        var actual = List(assembly);
        if (Environment.GetEnvironmentVariable("AFTERWIT_ACCEPT_API") == "1")
            await File.WriteAllTextAsync(approved, actual);
        var expected = (await File.ReadAllTextAsync(approved)).Split('\n');
        var lines = actual.Split('\n');
        var changes = lines.Except(expected).Select(l => $"+ {l}").Concat(expected.Except(lines).Select(l => $"- {l}")).ToList();
        Assert.True(changes.Count == 0 && expected.SequenceEqual(lines), $"The public surface of {assembly.GetName().Name} changed; AFTERWIT_ACCEPT_API=1 accepts it:\n{string.Join('\n', changes)}");
    }

    private static string List(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().Where(t => !t.Name.StartsWith('<') && t.DeclaringType?.Name.StartsWith('<') != true).OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            text.Append(Kind(type)).Append(' ').Append(type.FullName);
            var parents = (type.IsEnum || type.IsInterface || type.IsValueType || type.BaseType == typeof(object) ? [] : new[] { type.BaseType! }).Concat(type.IsEnum ? [] : type.GetInterfaces().Where(i => !i.IsGenericType)).ToList();
            if (parents.Count > 0)
                text.Append(" : ").AppendJoin(", ", parents.Select(Name).Order(StringComparer.Ordinal));
            text.Append('\n');
            foreach (var member in Members(type).Order(StringComparer.Ordinal))
                text.Append("    ").Append(member).Append('\n');
        }

        return text.ToString();
    }

    private static string Kind(Type type) =>
        type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsSealed ? "sealed class" : "class";

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
            return Enum.GetNames(type).Select(n => $"{n} = {Convert.ToInt64(Enum.Parse(type, n))}");
        const BindingFlags all = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        return type.GetFields(all).Select(f => $"{(f.IsLiteral ? $"const {Name(f.FieldType)} {f.Name} = {f.GetRawConstantValue()}" : $"field {Name(f.FieldType)} {f.Name}")}")
            .Concat(type.GetConstructors().Select(c => $"new({Parameters(c)})"))
            .Concat(type.GetProperties(all).Select(p => $"{Static(p.GetMethod!)}{Name(p.PropertyType)}{Mark(Nullability.Create(p), p.PropertyType)} {p.Name} {{ get;{Setter(p)} }}"))
            .Concat(type.GetMethods(all).Where(m => !m.IsSpecialName || m.Name.StartsWith("op_Impl", StringComparison.Ordinal)).Where(IsWritten)
                .Select(m => $"{Static(m)}{Name(m.ReturnType)}{Mark(Nullability.Create(m.ReturnParameter), m.ReturnType)} {m.Name}({Parameters(m)})"));
    }

    /// <summary>What the compiler adds to records is no decision of ours.</summary>
    private static bool IsWritten(MethodInfo method) =>
        method.Name is not ("Equals" or "GetHashCode" or "Deconstruct" or "<Clone>$") && (method.Name != "ToString" || !method.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute)));

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(p =>
        $"{Name(p.ParameterType)}{Mark(Nullability.Create(p), p.ParameterType)} {p.Name}{(p.HasDefaultValue ? $" = {p.DefaultValue ?? "default"}" : "")}"));

    private static string Setter(PropertyInfo property) => property.SetMethod is not { IsPublic: true } set ? ""
        : set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit)) ? " init;" : " set;";

    private static string Static(MethodBase method) => method.IsStatic ? "static " : "";

    private static string Mark(NullabilityInfo info, Type type) => !type.IsValueType && info.ReadState == NullabilityState.Nullable ? "?" : "";

    private static string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Name(inner) + "?";
        if (type.IsArray)
            return Name(type.GetElementType()!) + "[]";
        if (type.IsByRef)
            return "ref " + Name(type.GetElementType()!);
        var name = type.IsNested && !type.IsGenericParameter ? $"{Name(type.DeclaringType!)}.{type.Name}" : type.Name;
        return type.IsGenericType ? $"{name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }
}
