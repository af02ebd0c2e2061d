using Afterwit.Cli.Demo;

namespace Afterwit.Hosts.Tests.Demo;

public sealed class PlanTests
{
    [Fact]
    public async Task No_question_is_asked_twice_and_every_round_has_databases_of_its_own()
    {
        await World.LoadEngineAsync();
        using var plan = new Plan(5, 40);

        var questions = plan.Seeds.SelectMany(s => s.Learning.Concat(s.Test)).ToList();
        Assert.Equal(5 * 40 * 2, questions.Select(q => q.Text).Distinct(StringComparer.Ordinal).Count());
        Assert.All(plan.Seeds, s => Assert.Empty(s.Learning.Select(q => q.World).Intersect(s.Test.Select(q => q.World))));
        Assert.Equal(Enum.GetValues<Shape>().Length, questions.Select(q => q.Shape).Distinct().Count());
    }

    [Fact]
    public async Task The_right_query_gives_the_answer_and_every_tool_reports_what_the_engine_says()
    {
        await World.LoadEngineAsync();
        using var plan = new Plan(2, 40);
        var errors = new HashSet<string>(StringComparer.Ordinal);
        foreach (var question in plan.Seeds.SelectMany(s => s.Learning))
        {
            question.World.Truth.Kind = question.World.Written(question.Kind);
            Assert.Equal(question.Answer, question.World.Run(question.Sql(question.World.Truth)).Rows.Order(StringComparer.Ordinal));

            foreach (var habit in (Action<SqlHabits>[])[h => h.Qualified = false, h => h.Having = false, h => h.Quoted = false])
            {
                var truth = question.World.Truth;
                habit(truth);
                if (question.World.Run(question.Sql(truth)).Error is { } error)
                    errors.Add(ErrorClassifier.Classify($"Error: {error}"));
                (truth.Qualified, truth.Having, truth.Quoted) = (true, true, true);
            }

            var naive = new Workbench(question, new Random(1)).Use(Workbench.Query);
            if (naive.IsError)
                errors.Add(ErrorClassifier.Classify(naive.Observation));
        }

        Assert.Superset(new HashSet<string>(StringComparer.Ordinal) { "no such table", "no such column", "ambiguous column name", "misuse of aggregate", "syntax error" }, errors);
    }

    [Fact]
    public async Task A_careful_agent_can_solve_every_question_within_the_budget()
    {
        await World.LoadEngineAsync();
        using var plan = new Plan(2, 40);
        string[] way =
        [
            Workbench.ListTables, Workbench.DescribeTable, Workbench.DescribeTable, Workbench.QuoteNames, Workbench.QualifyColumns, Workbench.MoveToHaving,
            Workbench.SampleValues, Workbench.Query, Workbench.Submit,
        ];
        Assert.True(way.Length <= Policy.Budget);
        foreach (var question in plan.Seeds.SelectMany(s => s.Test))
        {
            var bench = new Workbench(question, new Random(1));
            foreach (var tool in way.Where(bench.IsAvailable))
                Assert.False(bench.Use(tool).IsError, question.Text);
            Assert.True(bench.IsSolved, question.Text);
        }
    }
}
