using System.Collections.Frozen;

namespace Afterwit;

/// <summary>English function words: they say nothing about what a text is about. Articles, pronouns, prepositions, conjunctions, auxiliaries and the remains of contractions.</summary>
internal static class StopWords
{
    private const string Words = """
        a an the this that these those such each every some any all both few more most other another same own one ones
        i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its itself
        they them their theirs themselves who whom whose which what when where why how
        am is are was were be been being do does did doing done have has had having can could may might must shall should will would
        and or but nor so yet if then else than because as while until unless though although whether
        of at by for with about against between into through during before after above below to from up down in out on off over under
        again further once here there now just only very too also not no don didn doesn isn aren wasn weren hasn haven hadn won wouldn couldn shouldn
        s t d m ll re ve let get got please
        """;

    private static readonly FrozenSet<string> Set = Words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True for a function word, given in lower case.</summary>
    public static bool Contains(string word) => Set.Contains(word);
}
