using System.Diagnostics;
using System.Text;

namespace Afterwit.Tests.Learning;

public class ErrorClassifierTests
{
    [Theory]
    [InlineData("find: paths must precede expression: `;'", "paths must precede expression")]
    [InlineData("cat: foo.txt: No such file or directory", "no such file or directory")]
    [InlineData("Traceback (most recent call last):\n  File \"a\", line 1\nsqlite3.OperationalError: no such column: foo", "no such column")]
    [InlineData("no such column: foo", "no such column")]
    [InlineData("ambiguous column name: x", "ambiguous column name")]
    [InlineData("near \"FROM\": syntax error", "syntax error")]
    [InlineData("ERROR 1054 (42S22): Unknown column 'a.b' in 'field list'", "unknown column in")]
    [InlineData("Error: user not found", "user not found")]
    [InlineData("Traceback (most recent call last):\n  File \"x.py\", line 3, in <module>\n    foo()\nKeyError: 'bar'", "keyerror")]
    [InlineData("{\"detail\":\"Not Found\"}", "not found")]
    [InlineData("HTTP/1.1 404 Not Found", "not found")]
    [InlineData("bash: foo: command not found", "command not found")]
    [InlineData("{\"error\": {\"message\": \"Invalid API key provided: sk-123\", \"type\": \"invalid_request_error\"}}", "invalid api key provided")]
    [InlineData("Permission denied (publickey).", "permission denied publickey")]
    [InlineData("error TS2304: Cannot find name 'foo'.", "cannot find name")]
    [InlineData("ModuleNotFoundError: No module named 'numpy'", "no module named")]
    [InlineData("Error: Request timed out after 3000ms", "request timed out after")]
    [InlineData("java.lang.NullPointerException\n\tat com.foo.Bar(Bar.java:3)", "nullpointerexception")]
    [InlineData("Unhandled exception. System.ArgumentNullException: Value cannot be null. (Parameter 'x')", "value cannot be null")]
    public void The_class_is_what_went_wrong_without_names_and_numbers(string observation, string expected) =>
        Assert.Equal(expected, ErrorClassifier.Classify(observation));

    [Theory]
    [InlineData(null, "empty")]
    [InlineData("", "empty")]
    [InlineData(" \r\n\t", "empty")]
    [InlineData("404", "status 404")]
    [InlineData("12345", "other")]
    public void A_text_without_words_has_a_class_too(string? observation, string expected) =>
        Assert.Equal(expected, ErrorClassifier.Classify(observation));

    [Fact]
    public void Errors_that_differ_in_names_and_numbers_only_share_a_class()
    {
        Assert.Equal(ErrorClassifier.Classify("Unknown column 'name' in 'field list'"), ErrorClassifier.Classify("ERROR 1054 (42S22): Unknown column 'T1.age' in 'where clause'"));
        Assert.Equal(ErrorClassifier.Classify("cat: /tmp/a1.txt: No such file or directory"), ErrorClassifier.Classify("ls: ./b: No such file or directory"));
    }

    [Fact]
    public void Any_text_gets_a_bounded_class_and_always_the_same()
    {
        const int seed = 20260;
        var random = new Random(seed);
        string[] crumbs = ["error", ": ", "\n", "\"", "'", "`", "{", "[", "\\", "/", "@", ".", "_", "-", "Traceback (most recent call last)\n", "not found", "404 ", "\ud800", "\0", "é", "<", ">", "KeyError"];
        for (var round = 0; round < 300; round++)
        {
            string text;
            if (round % 2 == 0)
            {
                var bytes = new byte[random.Next(0, 600)];
                random.NextBytes(bytes);
                text = Encoding.Latin1.GetString(bytes);
            }
            else
            {
                text = string.Concat(Enumerable.Range(0, random.Next(0, 80)).Select(_ => crumbs[random.Next(crumbs.Length)]));
            }

            var named = ErrorClassifier.Classify(text);
            Assert.True(named.Length is > 0 and <= ErrorClassifier.MaxLength, $"seed {seed}, round {round}: '{named}'");
            Assert.Equal(named, ErrorClassifier.Classify(text));
            _ = ErrorDetector.IsError(text);
            _ = ErrorDetector.IsBlank(text);
        }
    }

    public static TheoryData<string> HostileUnits => ["a", "_", "$.", "~", "/", "'a ", "!'a", "\"", "a@", "not ", "a.", "\"error\":\"", "error: ", "<", "`", "-", "no a", "9", "exit ", ": ", "A.b", "\\", "\n", "\r\n "];

    [Theory]
    [MemberData(nameof(HostileUnits))]
    public void Ten_million_hostile_characters_do_not_hang(string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, 10_000_000 / unit.Length));
        var watch = Stopwatch.StartNew();
        Assert.InRange(ErrorClassifier.Classify(text).Length, 1, ErrorClassifier.MaxLength);
        _ = ErrorDetector.IsError(text);
        _ = ErrorDetector.IsBlank(text);
        // What goes back again and again takes days.
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), $"'{unit}' took {watch.Elapsed}");
    }

    [Theory]
    [InlineData("Traceback (most recent call last):\n  File \"x.py\"\nKeyError: 'bar'", true)]
    [InlineData("{\"error\": \"no such user\"}", true)]
    [InlineData("{\"error\": null, \"rows\": 3}", false)]
    [InlineData("{\"success\": false}", true)]
    [InlineData("HTTP/1.1 503 Service Unavailable", true)]
    [InlineData("Process exited with code 2", true)]
    [InlineData("exit code 0", false)]
    [InlineData("cat: foo.txt: No such file or directory", true)]
    [InlineData("Error: user not found", true)]
    [InlineData("[('error', 1), ('not found', 2)]", false)]
    [InlineData("3 files changed", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void An_error_is_told_from_an_answer(string? observation, bool expected) => Assert.Equal(expected, ErrorDetector.IsError(observation));

    [Theory]
    [InlineData(null, true)]
    [InlineData(" \n", true)]
    [InlineData(" [] ", true)]
    [InlineData("{}", true)]
    [InlineData("()", true)]
    [InlineData("null", true)]
    [InlineData("None", true)]
    [InlineData("0", false)]
    [InlineData("[1]", false)]
    public void Blank_is_an_answer_without_content(string? observation, bool expected) => Assert.Equal(expected, ErrorDetector.IsBlank(observation));
}
