namespace Afterwit.Cli.Demo;

/// <summary>What a query needs a name for.</summary>
internal enum Slot
{
    ParentTable,
    ChildTable,
    ParentKey,
    ParentName,
    ParentKind,
    ChildLabel,
    ChildAmount,
    ForeignKey,
}

/// <summary>How databases name things: several customs for tables and for columns, as they are found in the wild.</summary>
internal static class Names
{
    public const int TableCustoms = 7;
    public const int ColumnCustoms = 5;

    /// <summary>The slots that are columns of a table.</summary>
    public static IReadOnlyList<Slot> ColumnsOf(Slot table) =>
        table == Slot.ParentTable ? [Slot.ParentKey, Slot.ParentName, Slot.ParentKind] : [Slot.ChildLabel, Slot.ChildAmount, Slot.ForeignKey];

    /// <summary>The table whose column a slot is; a table is its own.</summary>
    public static Slot TableOf(Slot slot) => slot is Slot.ParentTable or Slot.ParentKey or Slot.ParentName or Slot.ParentKind ? Slot.ParentTable : Slot.ChildTable;

    public static bool IsTable(Slot slot) => slot is Slot.ParentTable or Slot.ChildTable;

    /// <summary>How many customs there are for a slot. The first is the plain word of the question.</summary>
    public static int Customs(Slot slot) => IsTable(slot) ? TableCustoms : ColumnCustoms;

    /// <summary>The name of a slot under a custom.</summary>
    public static string Of(Field field, Slot slot, int custom) =>
        IsTable(slot) ? Table(field, EntityOf(field, slot), custom)
        : slot == Slot.ForeignKey ? Column(field.Parent, "id", Math.Max(custom, 1)) // a reference always says what it refers to
        : Column(EntityOf(field, slot), WordOf(field, slot), custom);

    /// <summary>The key of owned things; no question needs it, but it is there and makes names ambiguous.</summary>
    public static string ChildKey(Field field, int custom) => Column(field.Child, "id", custom);

    /// <summary>True when a reader takes the name in a database for the slot.</summary>
    public static bool IsRecognised(Field field, Slot slot, string name)
    {
        var letters = string.Concat(name.Where(char.IsAsciiLetter)).ToLowerInvariant();
        return IsTable(slot)
            ? letters.Contains(EntityOf(field, slot).Stem, StringComparison.Ordinal)
            : letters.EndsWith(WordOf(field, slot), StringComparison.Ordinal) && (slot != Slot.ForeignKey || letters.Contains(field.Parent.Stem, StringComparison.Ordinal));
    }

    private static Entity EntityOf(Field field, Slot slot) => TableOf(slot) == Slot.ParentTable ? field.Parent : field.Child;

    private static string WordOf(Field field, Slot column) => column switch
    {
        Slot.ParentName => "name",
        Slot.ParentKind => field.Kind,
        Slot.ChildLabel => field.Label,
        Slot.ChildAmount => field.Amount,
        _ => "id",
    };

    private static string Table(Field field, Entity entity, int custom) => custom switch
    {
        0 => entity.Plural,
        1 => entity.Singular,
        2 => "tbl_" + entity.Plural,
        3 => "t_" + entity.Singular,
        4 => $"{field.Name}_{entity.Plural}",
        5 => entity.Stem + "_data",
        _ => "All " + Capital(entity.Plural),
    };

    private static string Column(Entity entity, string word, int custom) => custom switch
    {
        0 => word,
        1 => $"{entity.Singular}_{word}",
        2 => $"{entity.Stem}_{word}",
        3 => $"{Capital(entity.Singular)}{Capital(word)}",
        _ => $"{Capital(entity.Singular)} {Capital(word)}",
    };

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];
}
