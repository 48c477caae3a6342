// The text view of a page under a hard token budget, and the columns that cross to Python. Pure: it
// touches no page. Shares its scope with walker.js. It is chosen here, because a large page has
// thousands of lines and the budget keeps a hundred of them.

// Tokens are estimated without a tokenizer: five letters, a digit, any other sign are about one
// each; letters from U+2E80 on (Chinese, Japanese, Korean) take one and a half.
const LETTERS_A_TOKEN = 5;
const WIDE = 0x2e80;

const isSpace = (code) => code === 32 || code >= 9 && code <= 13 || code >= 0x1c && code <= 0x1f
  || code >= 0x85 && (code === 0x85 || code === 0xa0 || code === 0x1680
    || code >= 0x2000 && code <= 0x200a || code === 0x2028 || code === 0x2029 || code === 0x202f
    || code === 0x205f || code === 0x3000 || code === 0xfeff);

// Tokens of the signs of `text`; past `enough` it may stop, with a number that is above it.
const countSigns = (text, enough = Infinity) => {
  let tokens = 0, wide = 0, run = 0;
  for (let i = 0; i < text.length && tokens <= enough; i++) {
    const code = text.charCodeAt(i), folded = code | 32;
    if (folded >= 97 && folded <= 122 && code < 128) {
      if (run === 0) tokens++;
      if (++run === LETTERS_A_TOKEN) run = 0;
      continue;
    }
    run = 0;
    if (isSpace(code)) continue;
    if (code >= 0xd800 && code < 0xdc00 && text.charCodeAt(i + 1) >>> 10 === 0x37) i++;
    tokens++;
    if (code >= WIDE) wide++;
  }
  return tokens + (wide >> 1);
};

// A line takes one more for its end.
const countTokens = (text, enough = Infinity) => 1 + countSigns(text, enough);

const quoted = (words) => `"${words.replaceAll('"', '\\"')}"`;
const leftOut = (count) => `- … ${count} more lines left out`;

// What the viewport shows comes first, controls and headings before plain text.
const RANKS = 4;
const rankOf = (inView, important) => (inView ? 0 : 2) + (important ? 0 : 1);

// Chooses the lines that fit into `budget` and joins them in page order. `ranks` has one number a
// line; `textOf(i)` writes a line, `leastOf(i, most)` is what it takes at least, in tokens. The result
// never takes more than `budget`.
const chooseLines = (ranks, textOf, leastOf, budget) => {
  const texts = [];
  let total = 0;
  for (let i = 0; i < ranks.length && total <= budget; i++) {
    texts.push(textOf(i));
    total += countTokens(texts[i]);
  }
  if (total <= budget) return { text: texts.join("\n"), tokens: total, left: 0 };
  const room = budget - countTokens(leftOut(ranks.length));
  const kept = [];
  let spent = 0;
  for (let rank = 0; rank < RANKS; rank++) {
    for (let i = 0; i < ranks.length && spent < room; i++) {
      if (ranks[i] !== rank || leastOf(i, room - spent) > room - spent) continue;
      const text = textOf(i), cost = countTokens(text, room - spent);
      if (spent + cost > room) continue;
      kept.push([i, text]);
      spent += cost;
    }
  }
  const left = ranks.length - kept.length, note = leftOut(left);
  const chosen = kept.sort(([a], [b]) => a - b).map(([, text]) => text);
  return room < 0 ? { text: "", tokens: 0, left }
    : { text: [...chosen, note].join("\n"), tokens: spent + countTokens(note), left };
};

// ---- columns --------------------------------------------------------------------------------

// What a column holds, as runs of equal numbers where that is shorter: many are almost constant.
const packed = (numbers) => {
  const values = [], lengths = [];
  for (let i = 0; i < numbers.length; i++) {
    if (i && numbers[i] === numbers[i - 1]) lengths[lengths.length - 1]++;
    else { values.push(numbers[i]); lengths.push(1); }
  }
  return values.length * 2 < numbers.length ? { values, lengths } : { values: numbers };
};
const differences = (numbers) => numbers.map((number, i) => (i ? number - numbers[i - 1] : number));

// Every text once; rows name it by its place.
class Strings {
  constructor() {
    this.all = [""];
    this.places = new Map([["", 0]]);
  }

  place(text) {
    let place = this.places.get(text);
    if (place === undefined) {
      place = this.all.push(text) - 1;
      this.places.set(text, place);
    }
    return place;
  }
}
