namespace Afterwit.Cli.Demo;

/// <summary>What a question asks for.</summary>
internal enum Shape
{
    List,
    Count,
    Average,
    PerParent,
    MoreThan,
}

/// <summary>A question to a database, in words and in parts. Whoever reads it understands the parts; the names of tables and columns are not among them.</summary>
/// <param name="World">The database.</param>
/// <param name="Shape">What is asked for.</param>
/// <param name="Above">Only owned things that measure more.</param>
/// <param name="Kind">Only owners of this kind; in <see cref="Shape.List"/> and <see cref="Shape.MoreThan"/> of any.</param>
/// <param name="MoreThan">Only owners of more than so many things. <see cref="Shape.MoreThan"/> only.</param>
internal sealed record Question(World World, Shape Shape, int Above, string Kind, int MoreThan)
{
    /// <summary>The rows of the right query, in any order.</summary>
    public IReadOnlyList<string> Answer { get; init; } = [];

    public bool NeedsParent => Shape != Shape.List;

    public bool NeedsKind => Shape is Shape.Count or Shape.Average or Shape.PerParent;

    /// <summary>The tables that the query reads.</summary>
    public IReadOnlyList<Slot> Tables => NeedsParent ? [Slot.ChildTable, Slot.ParentTable] : [Slot.ChildTable];

    public string Text
    {
        get
        {
            var (about, children, parents) = (World.Field, World.Field.Child.Plural, World.Field.Parent.Plural);
            var things = $"{children} with {about.Amount} over {Above}";
            return Shape switch
            {
                Shape.List => $"List the {about.Label} of all {things}.",
                Shape.Count => $"How many {things} belong to {parents} {about.Of} {Kind}?",
                Shape.Average => $"What is the average {about.Amount} of {things} that belong to {parents} {about.Of} {Kind}?",
                Shape.PerParent => $"For each of the {parents} {about.Of} {Kind}: how many {things}?",
                _ => $"Which {parents} have more than {MoreThan} {things}?",
            };
        }
    }

    /// <summary>The query under someone's names and habits.</summary>
    public string Sql(SqlHabits habits)
    {
        var q = (Slot slot) => habits.Write(slot);
        var from = NeedsParent
            ? $"FROM {q(Slot.ChildTable)}{habits.Alias(Slot.ChildTable)} JOIN {q(Slot.ParentTable)}{habits.Alias(Slot.ParentTable)} ON {q(Slot.ForeignKey)} = {q(Slot.ParentKey)}"
            : $"FROM {q(Slot.ChildTable)}{habits.Alias(Slot.ChildTable)}";
        var where = $"WHERE {q(Slot.ChildAmount)} > {Above}" + (NeedsKind ? $" AND {q(Slot.ParentKind)} = '{habits.Kind ?? Kind}'" : "");
        return Shape switch
        {
            Shape.List => $"SELECT {q(Slot.ChildLabel)} {from} {where}",
            Shape.Count => $"SELECT COUNT(*) {from} {where}",
            Shape.Average => $"SELECT ROUND(AVG({q(Slot.ChildAmount)}), 2) {from} {where}",
            Shape.PerParent => $"SELECT {q(Slot.ParentName)}, COUNT(*) {from} {where} GROUP BY {q(Slot.ParentName)}",
            _ when habits.Having => $"SELECT {q(Slot.ParentName)} {from} {where} GROUP BY {q(Slot.ParentName)} HAVING COUNT(*) > {MoreThan}",
            _ => $"SELECT {q(Slot.ParentName)} {from} {where} AND COUNT(*) > {MoreThan} GROUP BY {q(Slot.ParentName)}",
        };
    }
}

/// <summary>How someone writes SQL: the names that they take for right, and what they take care of.</summary>
internal sealed class SqlHabits(Func<Slot, string> name)
{
    /// <summary>Columns are written with their table.</summary>
    public bool Qualified { get; set; }

    /// <summary>Names are put in brackets. Double quotes would not do: the engine takes an unknown name in them for a text.</summary>
    public bool Quoted { get; set; }

    /// <summary>Conditions on groups come after the grouping.</summary>
    public bool Having { get; set; }

    /// <summary>The asked kind as the database writes it. Null: as the question says it.</summary>
    public string? Kind { get; set; }

    public string Write(Slot slot)
    {
        var written = Quoted ? $"[{name(slot)}]" : name(slot);
        return Qualified && !Names.IsTable(slot) ? $"{(Names.TableOf(slot) == Slot.ParentTable ? "p" : "c")}.{written}" : written;
    }

    public string Alias(Slot table) => !Qualified ? "" : table == Slot.ParentTable ? " p" : " c";
}
