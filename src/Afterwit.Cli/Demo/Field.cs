namespace Afterwit.Cli.Demo;

/// <summary>A thing that tables are about, in words.</summary>
/// <param name="Singular">As in a question.</param>
/// <param name="Plural">As in a question.</param>
internal sealed record Entity(string Singular, string Plural)
{
    /// <summary>By these letters a table or column of the thing is recognised.</summary>
    public string Stem => Singular[..4];
}

/// <summary>A field of life that databases are made of: things that own other things. The words are what a question says; how a database names them is another matter.</summary>
/// <param name="Name">The field.</param>
/// <param name="Parent">The owner.</param>
/// <param name="Child">What is owned.</param>
/// <param name="Kind">What owners are grouped by.</param>
/// <param name="Kinds">Its values; their first three letters tell them apart.</param>
/// <param name="Of">How a question joins an owner to its kind.</param>
/// <param name="Label">What an owned thing is called by.</param>
/// <param name="Amount">What is measured of an owned thing.</param>
internal sealed record Field(string Name, Entity Parent, Entity Child, string Kind, IReadOnlyList<string> Kinds, string Of, string Label, string Amount)
{
    public static IReadOnlyList<Field> All { get; } =
    [
        new("shop", new("customer", "customers"), new("order", "orders"), "city", ["Berlin", "Lisbon", "Oslo", "Prague", "Vienna", "Zagreb"], "from", "reference", "total"),
        new("library", new("author", "authors"), new("book", "books"), "country", ["Norway", "Chile", "Japan", "Kenya", "Poland", "Canada"], "from", "title", "pages"),
        new("clinic", new("doctor", "doctors"), new("visit", "visits"), "specialty", ["cardiology", "dermatology", "neurology", "oncology", "pediatrics", "urology"], "of", "patient", "fee"),
        new("airport", new("airline", "airlines"), new("flight", "flights"), "alliance", ["Star", "Oneworld", "Skyteam", "Vanilla", "Regional", "Cargo"], "of the alliance", "destination", "distance"),
        new("school", new("teacher", "teachers"), new("course", "courses"), "subject", ["physics", "history", "music", "geography", "biology", "latin"], "of", "topic", "hours"),
    ];
}
