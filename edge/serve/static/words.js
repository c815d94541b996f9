// Word alignment: by pointing, and as a table of all weights.

/** Shows the words of a translation's sentences; says whether there was anything to show. */
export function showWords(alignment, heat, sentences, languages) {
  const told = sentences.filter((sentence) => sentence.attention?.length && sentence.source.length);
  alignment.replaceChildren(...told.map((sentence) => pair(sentence, languages)));
  heat.replaceChildren(...told.map((sentence) => table(sentence, languages)));
  return told.length > 0;
}

function pair({ source, target, attention }, languages) {
  const box = element("div", "pair");
  const lines = [source, target].map((words, side) => {
    const line = element("div", "line");
    line.dir = "auto";
    line.lang = languages[side];
    line.setAttribute("role", "group");
    line.setAttribute("aria-label", side ? "Words of the translation" : "Words of the text");
    line.append(...words.map((word) => button(word)));
    walk(line);
    return line;
  });
  const [above, below] = lines.map((line) => [...line.children]);
  const columns = above.map((_, place) => attention.map((row) => row[place]));
  above.forEach((word, place) => point(word, above, below, columns[place]));
  below.forEach((word, place) => point(word, below, above, attention[place]));
  box.append(...lines);
  return box;
}

function button(word) {
  const made = element("button", "word", word);
  made.type = "button";
  made.tabIndex = -1;
  return made;
}

/** Marks what belongs to a word while it is pointed at or has the focus. */
function point(word, same, other, weights) {
  const mark = () => {
    unmark();
    word.classList.add("here");
    other.forEach((each, place) => each.style.setProperty("--weight", weights[place]));
  };
  const unmark = () => {
    same.forEach((each) => each.classList.remove("here"));
    [...same, ...other].forEach((each) => each.style.setProperty("--weight", 0));
    other.forEach((each) => each.classList.remove("here"));
  };
  const most = weights.indexOf(Math.max(...weights));
  word.setAttribute("aria-description", `goes with ${other[most].textContent}`);
  word.addEventListener("pointerenter", mark);
  word.addEventListener("focus", mark);
  word.addEventListener("click", mark);
  word.addEventListener("pointerleave", unmark);
  word.addEventListener("blur", unmark);
}

/** One word of a line can be reached by Tab, the others from there by the arrow keys. */
function walk(line) {
  const words = [...line.children];
  words[0].tabIndex = 0;
  line.addEventListener("keydown", (event) => {
    const here = words.indexOf(document.activeElement);
    const backwards = getComputedStyle(line).direction === "rtl" ? "ArrowRight" : "ArrowLeft";
    const forwards = backwards === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
    const next = { [backwards]: here - 1, [forwards]: here + 1, Home: 0, End: words.length - 1 }[event.key];
    if (here < 0 || !words[next]) {
      return;
    }
    event.preventDefault();
    words[here].tabIndex = -1;
    words[next].tabIndex = 0;
    words[next].focus();
  });
}

function table({ source, target, attention }, [read, written]) {
  const box = element("div", "scroll");
  const made = element("table");
  const head = made.createTHead().insertRow();
  head.append(element("td"), ...source.map((word) => heading(word, "col", read)));
  const body = made.createTBody();
  attention.forEach((weights, place) => {
    const row = body.insertRow();
    row.append(heading(target[place], "row", written));
    for (const weight of weights) {
      const cell = row.insertCell();
      cell.textContent = Math.round(100 * weight) || "";
      cell.style.setProperty("--weight", weight);
    }
  });
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", "Attention in percent: columns are words of the text, rows words of the translation");
  box.append(made);
  return box;
}

function heading(word, scope, language) {
  const made = element("th", "", word);
  made.scope = scope;
  made.dir = "auto";
  made.lang = language;
  return made;
}

function element(tag, name = "", content = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = content;
  return made;
}
