using System.Text;

namespace Afterwit.Tests.Recall;

public sealed class TextAnalyzerTests
{
    /// <summary>The examples of M. F. Porter, An algorithm for suffix stripping, with what the whole algorithm makes of them.</summary>
    [Theory]
    [InlineData("caresses ponies ties caress cats", "caress poni ti caress cat")]
    [InlineData("feed agreed plastered bled motoring sing", "feed agre plaster bled motor sing")]
    [InlineData("conflated troubled sized hopping tanned falling hissing fizzed failing filing", "conflat troubl size hop tan fall hiss fizz fail file")]
    [InlineData("happy sky", "happi sky")]
    [InlineData("relational conditional rational valenci hesitanci digitizer conformabli radicalli", "relat condit ration valenc hesit digit conform radic")]
    [InlineData("differentli vileli analogousli vietnamization predication operator feudalism", "differ vile analog vietnam predic oper feudal")]
    [InlineData("decisiveness hopefulness callousness formaliti sensitiviti sensibiliti", "decis hope callous formal sensit sensibl")]
    [InlineData("triplicate formative formalize electriciti electrical hopeful goodness", "triplic form formal electr electr hope good")]
    [InlineData("revival allowance inference airliner gyroscopic adjustable defensible irritant", "reviv allow infer airlin gyroscop adjust defens irrit")]
    [InlineData("replacement adjustment dependent adoption homologou communism activate", "replac adjust depend adopt homolog commun activ")]
    [InlineData("angulariti homologous effective bowdlerize probate rate cease controll roll", "angular homolog effect bowdler probat rate ceas control roll")]
    [InlineData("generalizations oscillators y ye is12", "gener oscil y ye is12")]
    public void Words_are_stemmed_as_published(string words, string stems)
    {
        var actual = words.Split(' ').Select(word =>
        {
            var buffer = new char[word.Length + 1];
            word.CopyTo(buffer);
            return new string(buffer, 0, PorterStemmer.Stem(buffer, word.Length));
        });
        Assert.Equal(stems.Split(' '), actual);
    }

    [Theory]
    [InlineData("renaming the columns", "renam column")]
    [InlineData("getUserName parseHTTPResponse XMLHttpRequest", "user name pars http respons xml http request")]
    [InlineData("snake_case_name SCREAMING_SNAKE kebab-case", "snake case name scream snake kebab case")]
    [InlineData("src/Foo.Bar/baz.cs:12", "src foo bar baz cs 12")]
    [InlineData("utf8 x86 3rd sha256Sum", "utf8 x86 3rd sha256 sum")]
    [InlineData("Café naïve Ångström Straße ŒUVRE", "cafe naiv angstrom strass oeuvr")]
    [InlineData("cafe\u0301", "cafe")]
    [InlineData("日本語のテスト", "日本 本語 語の のテ テス スト")]
    [InlineData("本 a語b", "本 語 b")]
    [InlineData("한국어", "한국 국어")]
    [InlineData("привет Мир", "привет мир")]
    [InlineData("שלום עולם", "שלום עולם")]
    [InlineData("👩‍👩‍👧‍👦 emoji 🚀", "emoji")]
    [InlineData("the a and of it's don't", "")]
    [InlineData("%_\"*^-(){}:;\\\0\u202E", "")]
    [InlineData("", "")]
    public void Text_becomes_terms(string text, string terms) => Assert.Equal(terms, string.Join(' ', TextAnalyzer.Terms(text)));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_text_gives_terms_that_a_match_can_quote(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 20_000; round++)
        {
            var text = Hostile(random);
            var terms = TextAnalyzer.Terms(text);
            foreach (var term in terms)
            {
                var sound = term.Length is > 0 and <= 64 && !term.Any(c => c == '"' || c == '§' || char.IsWhiteSpace(c) || char.IsControl(c));
                Assert.True(sound, $"seed {seed}: {Convert.ToHexString(Encoding.BigEndianUnicode.GetBytes(text))} gives '{term}'");
            }

            // The same text always gives the same: the words it remembers change nothing.
            Assert.True(terms.SequenceEqual(TextAnalyzer.Terms(text)), $"seed {seed}");
            if (terms.Count > 0)
            {
                var beginnings = TextAnalyzer.Beginnings([terms[random.Next(terms.Count)], terms[random.Next(terms.Count)]]);
                var (found, places) = (new List<string>(), new List<int>());
                TextAnalyzer.AddTerms(text, beginnings, found, places);
                Assert.Equal(terms.Where(Matters), found.Where(Matters));
                Assert.Equal(found.Count, places.Count);
                Assert.True(places.Zip(places.Skip(1)).All(p => p.First < p.Second), $"seed {seed}");
                bool Matters(string term) => beginnings.Contains(term[0], StringComparison.Ordinal);
            }
        }
    }

    private static string Hostile(Random random)
    {
        var text = new StringBuilder();
        for (var length = random.Next(0, 100); length > 0; length--)
        {
            text.Append(random.Next(6) switch
            {
                0 => (char)random.Next(0x20, 0x7F),
                1 => (char)random.Next(0, 0x10000),
                2 => (char)random.Next('a', 'z' + 1),
                3 => "\"'%_*^()§\0\u0301\u200D\uD83D\uDC69日のＡß İŉ"[random.Next(20)],
                4 => (char)random.Next(0xC0, 0x180),
                _ => (char)random.Next('A', 'Z' + 1),
            });
        }

        return text.ToString();
    }
}
