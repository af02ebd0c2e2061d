// Documents of English-looking text, the same for every run: words are drawn by Zipf's law out of function words, everyday words and their derivations.

const functionWords = `the of and to in a is that it was for on with as be at by this had not are but from or have an they which one were all there would
    their we him been has when who will no more if out so up said what its about than into them can only other time some could these two may then do first any my now
    such like our over even most after also did many off before must well back through where much your way down should because long each just state those people too`.split(/\s+/);

const everydayWords = `market river garden engine window letter number system village teacher doctor captain company council station harbour mountain valley forest winter summer
    morning evening history science music picture paper silver copper iron stone timber water fire bread butter sugar salt coffee orange apple horse cattle sheep chicken
    rabbit eagle sparrow spider dragon castle palace temple church school college hospital prison factory kitchen bedroom ceiling chimney staircase carpet curtain mirror
    blanket pillow candle lantern hammer needle thread button pocket jacket leather cotton velvet ribbon diamond pearl marble cellar attic bridge tunnel railway canal
    vessel anchor rudder compass voyage island desert prairie glacier volcano thunder rainbow blizzard harvest orchard meadow pasture vineyard nursery cradle uncle cousin
    nephew widow bishop colonel sergeant soldier sailor farmer miller baker butcher tailor weaver potter mason carpenter plumber painter sculptor poet novel chapter
    sentence grammar accent dialect rumour secret promise bargain contract profit budget payment wages ledger invoice customer merchant warehouse cargo ticket passport
    border treaty embassy senate election ballot verdict witness jury lawyer crime burglar weapon arrow rifle cannon fortress siege victory defeat famine fever surgeon
    medicine bandage skeleton muscle shoulder elbow finger stomach pulse breath shadow colour circle triangle angle measure weight volume gravity orbit planet comet
    telescope magnet battery voltage circuit signal antenna program compiler server database index query cursor buffer packet router firewall password cluster replica
    backup container pipeline deploy release branch commit merge schema column record session token request response latency timeout failure warning counter schedule
    meeting agenda report summary proposal survey lecture essay theory proof lemma vector matrix integer fraction average sample margin protein enzyme molecule crystal
    polymer solvent mixture catalyst fossil species predator habitat climate drought erosion sediment mineral granite basalt quarry cavern`.split(/\s+/);

const stems = `act add aim bake bend bind bloom board boil bolt bond brand bridge build burn call camp cast chain chant charge chart chase chill claim class clean climb close cloud coil
    cook cool count court cover craft crash creep cross crowd crown curl curve dare dash deal dip dock draft drain draw dream dress drift drill drive drop dust earn
    edge fail fair fall farm fast fault feed field fight file fill film fit fix flash float flood flow fold form frame freeze frost gain gate gather glow govern grain grant grasp grind
    grip group grow guard guess guide hand hang harden haul heal heap heat help hinge hold hook host hunt join judge jump keep kick kneel knit land launch lead leak lean learn lend lift
    light limit link list load lock look loop mark match mend mill mind mix mount move nest note order own pack paint part pass paste patch pitch place plant play point
    press print prove pull push quote rank rate reach read rest ring rise roast roll root rule sail scale scan score scratch screen seal search seat seed send serve settle shade shape share shift
    ship shock shore shout show sift sign sink sketch slide slip smoke smooth snap soak solve sort sound spark spell spill spin split spray spread spring stack staff stage stamp stand start steam
    steer step stir store storm strain stream stretch strike string strip study suit surf sweep swell swim swing tack tend test thaw think thrust tie tilt tone touch tow trace track trade
    trail train trap treat trim trust turn twist type vote wade walk wander warm warn wash watch wave wear weave weigh wind wish work wrap write yield`.split(/\s+/);
const prefixes = ["", "re", "un", "over", "under", "out", "fore", "inter", "mis", "up", "cross", "side"];
const suffixes = ["", "s", "ing", "er", "ers", "able", "ment", "ful", "less", "ness", "let", "ward", "age", "ship"];

/** A generator of numbers in [0, 1) that gives the same ones for the same seed (mulberry32). */
export function randomOf(seed) {
    return () => {
        seed = (seed + 0x6d2b79f5) | 0;
        let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

function shuffled(words, random) {
    for (let i = words.length - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        [words[i], words[j]] = [words[j], words[i]];
    }
    return words;
}

const isFunctionWord = new Set(functionWords);

/** Words from the most to the least frequent: about 26,000, as a million words of English have. Plain forms come before derived ones. */
function vocabulary(random) {
    const forms = (prefixes, suffixes) => stems.flatMap((stem) => prefixes.flatMap((prefix) => suffixes.map((suffix) => prefix + stem + suffix)));
    const everyday = shuffled([...everydayWords, ...forms([""], ["", "s"])], random);
    return [...new Set([...functionWords, ...everyday, ...shuffled(forms(["", "re", "un"], suffixes), random), ...shuffled(forms(prefixes, suffixes), random)])].slice(0, 26_000);
}

/** How much of a text the word of a rank is: Zipf and Mandelbrot for the words that everybody uses, falling with the square beyond the first 5,000 (Ferrer i Cancho and Solé, 2001). */
const shareOf = (rank) => (rank < 5000 ? 1 / (rank + 2.7) : 5002.7 / (rank + 2.7) ** 2);

/** Texts of 500 to 1,000 bytes: sentences of 6 to 20 words, with commas. */
export function documentsOf(count, seed = 1) {
    const random = randomOf(seed);
    const words = vocabulary(random);
    const sums = new Float64Array(words.length);
    words.reduce((sum, _, rank) => (sums[rank] = sum + shareOf(rank)), 0);
    const word = () => {
        const at = random() * sums.at(-1);
        let [low, high] = [0, sums.length - 1];
        while (low < high) {
            const middle = (low + high) >> 1;
            if (sums[middle] < at) low = middle + 1;
            else high = middle;
        }
        return words[low];
    };
    const sentence = () => {
        const length = 6 + Math.floor(random() * 15);
        const said = Array.from({ length }, (_, i) => word() + (i < length - 2 && random() < 0.08 ? "," : ""));
        return said[0][0].toUpperCase() + said.join(" ").slice(1) + ".";
    };
    return Array.from({ length: count }, () => {
        const bytes = 500 + Math.floor(random() * 350); // the last sentence adds up to 150
        let text = sentence();
        while (text.length < bytes) text += " " + sentence();
        return text.slice(0, 1000);
    });
}

/**
 * Searches of 2 to 4 words of one document, by turns a phrase and scattered words. A phrase stands in the document as it is, within a sentence, with two words or more that are no function words;
 * scattered words are different words from anywhere in it, no function words, in no order.
 */
export function searchesOf(documents, count, seed = 2) {
    const random = randomOf(seed);
    const pick = (items) => items[Math.floor(random() * items.length)];
    const meaningful = (words) => words.filter((word) => !isFunctionWord.has(word.toLowerCase()));
    return Array.from({ length: count }, (_, i) => {
        const length = 2 + Math.floor(random() * 3);
        for (;;) {
            const document = Math.floor(random() * documents.length);
            if (i % 2 === 0) {
                const words = pick(documents[document].split(/[.,]\s*/)).split(" ");
                const first = Math.floor(random() * (words.length - length + 1));
                const phrase = words.slice(first, first + length);
                if (phrase.length === length && meaningful(phrase).length >= 2) return { kind: "phrase", document, query: phrase.join(" ") };
            } else {
                const words = shuffled([...new Set(meaningful(documents[document].toLowerCase().match(/[a-z]+/g)))], random);
                return { kind: "scattered", document, query: words.slice(0, length).join(" ") };
            }
        }
    });
}
