// Every text on the page becomes a text node or an attribute of a fixed name: nothing is ever parsed as markup.

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== "" && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== ""));
  return node;
}

// Text of unknown origin, isolated from the direction of what stands around it.
function foreign(text, tag = "bdi", attributes = {}) {
  return element(tag, { dir: "auto", ...attributes }, visible(text));
}

// Control characters as symbols, so that a file name with a newline is seen to have one.
function visible(text) {
  return text.replace(/[\u0000-\u0009\u000b-\u001f]/g, (c) => String.fromCodePoint(0x2400 + c.codePointAt(0)))
    .replace(/\n/g, "\u240a").replace(/[\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

const grouped = new Intl.NumberFormat("en-US");

function count(value, one, many = `${one}s`) {
  return `${grouped.format(value)} ${value === 1 ? one : many}`;
}

function short(value) {
  if (Number.isInteger(value)) return grouped.format(value);
  const size = Math.abs(value);
  if (size >= 1000) return grouped.format(Math.round(value));
  return size >= 0.001 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}

function seconds(value) {
  const minutes = Math.floor(value / 60);
  return minutes ? `${minutes}:${(value - 60 * minutes).toFixed(2).padStart(5, "0")}` : `${value.toFixed(2)} s`;
}

function clock(value) {
  const whole = Math.round(value);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function select(label, options, onChange) {
  const node = element("select", { "aria-label": label }, options.map(([value, text]) => element("option", { value: String(value) }, text)));
  node.addEventListener("change", () => onChange(node.value));
  return element("label", { class: "field" }, element("span", {}, label), node);
}

function searchBox(label, hint, onSearch) {
  const node = element("input", { type: "search", placeholder: hint, "aria-label": label, autocomplete: "off", spellcheck: "false" });
  let waiting = 0;
  node.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => onSearch(node.value), 120);
  });
  return { field: element("label", { class: "field grow" }, element("span", {}, label), node), node };
}

// Words that must all appear; the texts to look in are joined and lowered once per item.
function searcher(textOf) {
  const texts = new Map();
  return (items, query) => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return items;
    return items.filter((item) => {
      if (!texts.has(item)) texts.set(item, textOf(item).toLowerCase());
      return words.every((word) => texts.get(item).includes(word));
    });
  };
}

const records = (() => {
  const block = document.getElementById("records");
  const data = JSON.parse(block.textContent);
  block.remove();
  return data;
})();
