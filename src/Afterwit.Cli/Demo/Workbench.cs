namespace Afterwit.Cli.Demo;

/// <summary>What a tool did.</summary>
/// <param name="Arguments">What it was given.</param>
/// <param name="Observation">What it answered.</param>
/// <param name="IsError">The engine refused.</param>
internal readonly record struct Deed(string Arguments, string Observation, bool IsError);

/// <summary>One question on the agent's bench: what the agent believes of the database, and the tools by which it finds out more. Every error comes from the engine.</summary>
internal sealed class Workbench
{
    public const string Query = "query";
    public const string Submit = "submit";
    public const string ListTables = "list_tables";
    public const string DescribeTable = "describe_table";
    public const string SampleValues = "sample_values";
    public const string GuessName = "guess_name";
    public const string QualifyColumns = "qualify_columns";
    public const string MoveToHaving = "move_to_having";
    public const string QuoteNames = "quote_names";

    private readonly Question _question;
    private readonly Random _random;
    private readonly Dictionary<Slot, string> _names;
    private readonly HashSet<Slot> _known = [];
    private readonly HashSet<Slot> _described = [];
    private readonly SqlHabits _habits;
    private readonly Dictionary<string, (Func<bool> IsAvailable, Func<Deed> Use)> _tools;
    private IReadOnlyList<string>? _result;
    private string _missing = "";
    private bool _listed;
    private bool _sampled;

    public Workbench(Question question, Random random)
    {
        _question = question;
        _random = random;
        _names = Enum.GetValues<Slot>().ToDictionary(slot => slot, slot => Names.Of(Field, slot, 0));
        _habits = new(slot => _names[slot]);
        _tools = new(StringComparer.Ordinal)
        {
            [Query] = (() => true, RunQuery),
            [Submit] = (() => _result is not null, HandIn),
            [GuessName] = (() => _missing.Length > 0, Guess),
            [ListTables] = (() => !_listed, List),
            [DescribeTable] = (() => _described.Count < _question.Tables.Count, Describe),
            [SampleValues] = (() => _question.NeedsKind && !_sampled, Sample),
            [QualifyColumns] = (() => _question.NeedsParent && !_habits.Qualified, () => Rewrite(() => _habits.Qualified = true)),
            [MoveToHaving] = (() => _question.Shape == Shape.MoreThan && !_habits.Having, () => Rewrite(() => _habits.Having = true)),
            [QuoteNames] = (() => !_habits.Quoted, () => Rewrite(() => _habits.Quoted = true)),
        };
    }

    /// <summary>The answer was handed in: nothing more can be done.</summary>
    public bool IsSubmitted { get; private set; }

    /// <summary>The answer that was handed in is right.</summary>
    public bool IsSolved { get; private set; }

    private Field Field => _question.World.Field;

    /// <summary>The agent sees its own query and knows what it did a moment ago: a change that would change nothing is not on offer, nor is a look at what it saw already.</summary>
    public bool IsAvailable(string tool) => _tools.TryGetValue(tool, out var found) && found.IsAvailable();

    /// <summary>Uses a tool.</summary>
    public Deed Use(string tool) => _tools[tool].Use();

    private Deed RunQuery()
    {
        var sql = _question.Sql(_habits);
        var answer = Ask(sql);
        _result = answer.Error is null ? answer.Rows : null;
        return new(sql, answer.ToString(), answer.Error is not null);
    }

    private Deed HandIn()
    {
        IsSubmitted = true;
        IsSolved = _result!.Order(StringComparer.Ordinal).SequenceEqual(_question.Answer, StringComparer.Ordinal);
        return new("", "handed in", false);
    }

    private Deed List()
    {
        const string Sql = "SELECT name FROM sqlite_master WHERE type = 'table'";
        var answer = Ask(Sql);
        _listed = true;
        foreach (var table in (Slot[])[Slot.ParentTable, Slot.ChildTable])
            Recognise(table, answer.Rows);
        return new(Sql, answer.ToString(), false);
    }

    private Deed Describe()
    {
        var table = _question.Tables.First(t => !_described.Contains(t));
        var sql = $"SELECT name, type FROM pragma_table_info('{_names[table]}')";
        var answer = Ask(sql);
        if (answer.Rows.Count == 0)
            answer = Ask($"SELECT * FROM [{_names[table]}]"); // the pragma is silent where a query says what is wrong
        if (answer.Error is not null)
            return new(sql, answer.ToString(), true);
        _known.Add(table);
        _described.Add(table);
        var columns = answer.Rows.Select(r => r.Split(" | ")[0]).ToList();
        foreach (var column in Names.ColumnsOf(table))
            Recognise(column, columns);
        return new(sql, answer.ToString(), false);
    }

    private Deed Sample()
    {
        var sql = $"SELECT DISTINCT {_habits.Write(Slot.ParentKind)} FROM {_habits.Write(Slot.ParentTable)}{_habits.Alias(Slot.ParentTable)}";
        var answer = Ask(sql);
        _sampled = answer.Error is null;
        _habits.Kind = answer.Rows.FirstOrDefault(v => v.StartsWith(_question.Kind[..3], StringComparison.OrdinalIgnoreCase)) ?? _habits.Kind;
        return new(sql, answer.ToString(), answer.Error is not null);
    }

    /// <summary>Takes the name that the engine did not know to follow another custom.</summary>
    private Deed Guess()
    {
        var slots = Array.FindAll(Enum.GetValues<Slot>(), s => !_known.Contains(s) && string.Equals(_names[s], _missing, StringComparison.OrdinalIgnoreCase));
        if (slots.Length == 0)
            return new(_missing, "no idea", false);
        var slot = slots[_random.Next(slots.Length)];
        _names[slot] = Names.Of(Field, slot, _random.Next(Names.Customs(slot)));
        return new(_missing, $"perhaps {_names[slot]}", false);
    }

    private static Deed Rewrite(Action change)
    {
        change();
        return new("", "the query is rewritten", false);
    }

    private Answer Ask(string sql)
    {
        var answer = _question.World.Run(sql);
        _missing = answer.Error is { } error && error.StartsWith("no such ", StringComparison.Ordinal) ? error[(error.IndexOf(": ", StringComparison.Ordinal) + 2)..] : "";
        if (_missing is ['p' or 'c', '.', ..])
            _missing = _missing[2..];
        return answer;
    }

    private void Recognise(Slot slot, IReadOnlyList<string> names)
    {
        if (names.FirstOrDefault(n => Names.IsRecognised(Field, slot, n)) is { } name && _known.Add(slot))
            _names[slot] = name;
    }
}
