// tokenizers.mjs: checks fixtures/tokenizers against HuggingFace's tokenizers, or writes
// the cases anew (--write). fixtures/tokenizers/README.md says what the files are.
//
//     npm install --prefix FOLDER @anush008/tokenizers @huggingface/tokenizers
//     NODE_PATH=FOLDER/node_modules node ref/tokenizers.mjs [--write]
//
// @anush008/tokenizers is HuggingFace's Rust code with a binding for node, and
// @huggingface/tokenizers is their JavaScript. The ids are those on which both agree.
// The Rust code has a trainer too: it learns again what 01_tokenize --train has learned.
// Closing line: `N passed, N failed, N skipped`; a text on which the two disagree is
// skipped. Exit code 1 where any failed, 2 where the packages are missing.
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const folder = fileURLToPath(new URL("../fixtures/tokenizers/", import.meta.url));

function load(name) {
    try {
        return require(name);
    } catch (error) {
        console.error(`tokenizers.mjs: ${name} is missing: npm install it, and set NODE_PATH ` +
            `to its node_modules (${error.code})`);
        process.exit(2);
    }
}

const rust = load("@anush008/tokenizers");
const js = load("@huggingface/tokenizers");

// ------------------------------------------------------------------ the tokenizers

const gpt1 = { unkToken: "<unk>", endOfWordSuffix: "</w>" };

async function rustTokenizer(kind) {
    const model = await rust.BPE.fromFile(`${folder}${kind}/vocab.json`,
        `${folder}${kind}/merges.txt`, kind === "gpt1" ? gpt1 : {});
    const t = new rust.Tokenizer(model);
    if (kind === "gpt1") {
        t.setNormalizer(rust.bertNormalizer());
        t.setPreTokenizer(rust.bertPreTokenizer());
    } else {
        t.setPreTokenizer(rust.byteLevelPreTokenizer(false, true));
    }
    return async text => (await t.encode(text, null, { addSpecialTokens: false })).getIds();
}

function jsTokenizer(kind) {
    const merges = readFileSync(`${folder}${kind}/merges.txt`, "utf8").split("\n").slice(1, -1);
    const own = kind === "gpt1" ? {
        normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true,
                      strip_accents: null, lowercase: true },
        pre_tokenizer: { type: "BertPreTokenizer" },
        model: { unk_token: "<unk>", end_of_word_suffix: "</w>" },
    } : {
        normalizer: null,
        pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: true },
        model: { unk_token: null, end_of_word_suffix: null },
    };
    const t = new js.Tokenizer({
        version: "1.0", added_tokens: [], post_processor: null, decoder: null,
        normalizer: own.normalizer, pre_tokenizer: own.pre_tokenizer,
        model: { type: "BPE", dropout: null, continuing_subword_prefix: null, fuse_unk: false,
                 byte_fallback: false, ...own.model, merges,
                 vocab: JSON.parse(readFileSync(`${folder}${kind}/vocab.json`, "utf8")) },
    }, {});
    return text => t.encode(text, { add_special_tokens: false }).ids;
}

// ------------------------------------------------------------------------ the texts

// A generator of whole numbers below n, the same everywhere (Knuth's MMIX).
let state = 20161n;
function random(n) {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number((state >> 33n) % BigInt(n));
}
const pick = list => list[random(list.length)];
const many = (n, make) => Array.from({ length: n }, (_, i) => make(i));
const char = (first, last) => String.fromCodePoint(first + random(last - first + 1));

const sentences = readFileSync(`${folder}text.txt`, "utf8").split("\n")
    .flatMap(line => line.match(/[^.!?]+[.!?]*/g) ?? []).filter(s => s.length < 160);
const words = sentences.join(" ").split(" ").filter(w => w);
const scripts = [[0x41, 0x7a], [0xc0, 0x24f], [0x370, 0x3ff], [0x400, 0x4ff], [0x531, 0x58a],
    [0x5d0, 0x5ea], [0x620, 0x64a], [0x905, 0x939], [0xe01, 0xe30], [0x10d0, 0x10fa],
    [0x1e00, 0x1eff], [0x3041, 0x3096], [0x30a1, 0x30fa], [0x4e00, 0x9fa5], [0xac00, 0xd7a3],
    [0xff21, 0xff5a], [0x1d400, 0x1d433], [0x20000, 0x20100], [0x10400, 0x10427]];
const spaces = [" ", "  ", "   ", "\n", "\n\n", "\t", "\r\n", "\r", " \n", "\n ", "\u00a0", "\u2003",
    "\u3000", "\u2028", "\u0085", "\v", "\f", "\u200b", "\u180e", "\ufeff"];
const marks = [..."!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "…", "—", "“", "”", "‘", "’", "«", "¿", "。",
    "、", "·", "†", "€", "№", "≠", "...", "!!", "--", "''", "``", "<|", "|>", "</w>"];
const endings = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'LL", "'x", "’s", "'", "''s",
    "'s't", "'ll've"];
const emoji = ["😀", "🙂", "🎉", "❤️", "👍🏽", "👩‍👩‍👧", "🇩🇪", "✓", "½", "²", "★", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🧑🏾‍🚀"];

const classes = {
    empty: [""],
    sentence: many(60, () => pick(sentences).trim()),
    two_sentences: many(15, () => pick(sentences) + pick(sentences)),
    words: many(25, () => many(2 + random(8), () => pick(words)).join(" ")),
    unseen: ["xylophone zebra quartz", "jqxz", "antidisestablishmentarianism", "The Quick BROWN fOx",
        "lowest lower low", "sShHoOuUtT", "counting countable uncountable counted"],
    contraction: [...endings, ...endings.map(e => `they${e} here`), ...endings.map(e => ` ${e}`),
        ...endings.map(e => `3${e}`), ...endings.map(e => `!${e}`), "I'd've", "DON'T", "o'clock",
        "rock 'n' roll", "it 's", "d's's", "'tis the captains' lamp"],
    space: [...spaces, ...spaces.map(s => `the${s}lamp`), ...spaces.map(s => `${s}lamp${s}`),
        ...many(25, () => many(2 + random(5), () => pick(["lamp", "7", "!", ...spaces])).join(""))],
    number: ["0", "7", "42", "1999", "3.14159", "1,000,000", "-1", "1e-5", "0x1F", "12:45", "50%", "x2",
        "2x", " 12 345", "٣٤٥", "४२", "Ⅷ", "¼½¾", "x²+y³", "①②", "〇", "１２３", "𝟘𝟙", "1st 2nd 3rd"],
    punctuation: [...marks, ...many(25, () => many(1 + random(5),
        () => pick([pick(marks), pick(words), " "])).join(""))],
    script: scripts.flatMap(([first, last]) => many(3,
        () => many(1 + random(6), () => char(first, last)).join(pick(["", "", " "])))),
    mixed_script: many(20, () => many(2 + random(6), () => pick([pick(words), pick(emoji), pick(marks),
        pick(spaces), char(...pick(scripts))])).join(pick(["", " "]))),
    mark: ["é", "e\u0301", "e\u0301\u0323", "e\u0323\u0301", "\u0301", " \u0301", "a\u0301b\u0302c", "n\u0303o",
        "Å", "A\u030a", "ệ", "İ", "i\u0307", "ﬁ", "ǆ", "ß", "ẞ", "ΑΣ ας", "ΣΑΣ", "Ǆ", "각", "\u1100\u1161\u11a8",
        "कि", "ก็", "שָׁ", "عَ", "\u0345", "が", "か\u3099", "z\u0300\u0301\u0302\u0303\u0304z", "≠", "\u212b", "\u2126"],
    emoji: [...emoji, ...many(15, () => many(1 + random(4), () => pick([...emoji, " ", "a"])).join(""))],
    cjk: ["船慢慢地走", "一二三四", "海上 有雾", "灯。塔", "㐀", "𠀀", "豈", "𫠝", "𫠠", "中a国1人", "「はい」", "カタカナ",
        "등대", "漢字かな交じり文", "々", "〆", "ㄅㄆㄇ", "全角ＡＢＣ！"],
    control: ["\u0001", "a\u0000b", "\u0000", "a\u0001b", "\u007f", "\u001b[0m", "a\u00adb", "\u200ba\u200d", "\ufffd",
        "a\ufffdb", "\u202eabc", "\ue000", "a\u{f0000}b", "\u{e0001}", "\u0080", "\u009f", "\u001c", "a\u001fb",
        "\u061c", "\u2066x\u2069"],
    long: ["a".repeat(100), "ab".repeat(60), "the".repeat(40), "aab".repeat(30), "lamp ".repeat(25),
        "é".repeat(40), " ".repeat(50), "\n".repeat(20), "!".repeat(33), "1".repeat(41), "-=".repeat(30),
        "船".repeat(30), "😀".repeat(12), "ooo".repeat(17) + "f", many(80, () => char(0x61, 0x7a)).join("")],
    machine: ["for (int i = 0; i < n; i++) sum += x[i];", "https://www.example.com/a/b?c=d&e=f#g",
        "someone@example.org", "/usr/local/share", "C:\\texts\\words.txt", "snake_case camelCase",
        "<b>bold</b>", "{\"a\": [1, 2]}", "\tif (x)\n\t\treturn;\n", "a->b != c::d", "```c\nx\n```"],
    special: ["<|endoftext|>", "a<|endoftext|>b", "<unk>", "a <unk> b", "</w>", "the</w>", "Ġthe", "Ċ",
        "#version: 0.2", "\\u0120"],
};

// --------------------------------------------------------------------------- checks

const count = { passed: 0, failed: 0, skipped: 0 };

function expect(holds, what) {
    count[holds ? "passed" : "failed"]++;
    if (!holds)
        console.log(`FAIL ${what}`);
}

const base64 = text => Buffer.from(text, "utf8").toString("base64");

async function cases(kind) {
    const encode = await rustTokenizer(kind), encodeToo = jsTokenizer(kind);
    const lines = [], left = {};
    for (const [name, texts] of Object.entries(classes))
        for (const text of new Set(texts)) {
            const ids = await encode(text);
            let too;
            try {
                too = encodeToo(text).join();
            } catch (error) {
                too = error.message;
            }
            if (ids.join() === too)
                lines.push(JSON.stringify({ class: name, text_b64: base64(text), ids }));
            else
                (left[name] ??= []).push(text);
        }
    return { lines, left };
}

// HuggingFace's trainer has no `</w>`, so that words are given to it with their last
// character moved to a plane where no text is; the order of all symbols stays the same.
const final = 0xf0000;

function finalWords(text) {
    const normal = rust.bertNormalizer().normalizeString(text);
    const list = rust.bertPreTokenizer().preTokenizeString(normal).map(([word]) => [...word]);
    const characters = [...new Set(list.flat())].sort((a, b) => a.codePointAt(0) - b.codePointAt(0));
    const moved = new Map(characters.map((c, i) => [c, String.fromCodePoint(final + i)]));
    const back = s => [...s].map(c => c.codePointAt(0) < final ? c
        : characters[c.codePointAt(0) - final] + "</w>").join("");
    return { back, text: list.map(w => [...w.slice(0, -1), moved.get(w.at(-1))].join("")).join(" ") };
}

// The merges that the Rust trainer learns, in order.
function hfMerges(kind, text) {
    const work = mkdtempSync(`${tmpdir()}/touchstone-`);
    const t = new rust.Tokenizer(rust.BPE.empty());
    const words = kind === "gpt1" ? finalWords(text) : { text, back: s => s };
    t.setPreTokenizer(kind === "gpt1" ? rust.whitespaceSplitPreTokenizer()
                                      : rust.byteLevelPreTokenizer(false, true));
    writeFileSync(`${work}/text`, words.text);
    t.train([`${work}/text`]);
    t.save(`${work}/json`);
    const { merges } = JSON.parse(readFileSync(`${work}/json`, "utf8")).model;
    rmSync(work, { recursive: true });
    return merges.map(m => (Array.isArray(m) ? m.join(" ") : m).split(" ").map(words.back).join(" "));
}

for (const kind of ["gpt2", "gpt1"]) {
    const file = `${folder}${kind}.cases.jsonl`;
    const { lines, left } = await cases(kind);
    if (process.argv.includes("--write"))
        writeFileSync(file, lines.join("\n") + "\n");
    const own = readFileSync(file, "utf8").split("\n").slice(0, -1);
    expect(own.length === lines.length, `${file}: ${own.length} cases instead of ${lines.length}`);
    lines.forEach((line, i) => expect(own[i] === line, `${file}:${i + 1}: ${own[i]} is now ${line}`));
    for (const [name, texts] of Object.entries(left)) {
        count.skipped += texts.length;
        console.log(`SKIP ${kind} ${name}: the packages disagree on ${JSON.stringify(texts)}`);
    }
    const merges = readFileSync(`${folder}${kind}/merges.txt`, "utf8").split("\n").slice(1, -1);
    const theirs = hfMerges(kind, readFileSync(`${folder}text.txt`, "utf8"));
    merges.forEach((m, i) => expect(m === theirs[i],
        `${kind}: merge ${i} is ${m}; HuggingFace learns ${theirs[i]}`));
}
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exitCode = count.failed ? 1 : 0;
