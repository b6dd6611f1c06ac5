// "What if this value were another?": asks POST /api/assess with `what_if` and shows which criteria flip.

const json = { "Content-Type": "application/json" };

export async function whatIf(panel) {
  if (!panel) return;
  const answer = await fetch("/api/facts").catch(() => null);
  if (!answer?.ok) return;
  const facts = new Map((await answer.json()).map((fact) => [fact.name, fact]));
  const form = panel.querySelector("form");
  fill(form.elements.fact, [...facts.values()].map((fact) => [fact.name, fact.label]));
  const chosen = () => facts.get(form.elements.fact.value);
  const show = () => fields(panel, form, chosen());
  form.elements.fact.addEventListener("change", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(panel, chosen().name, valueOf(form, chosen()));
  });
  show();
  panel.hidden = false;
}

function fill(select, pairs) {
  select.replaceChildren(...pairs.map(([value, text]) => new Option(text, value)));
}

function fields(panel, form, fact) {
  const coded = Boolean(fact.codes?.length);
  panel.querySelector("#what-if-number").hidden = coded;
  panel.querySelector("#what-if-choice").hidden = !coded;
  panel.querySelector("#what-if-unit").textContent = fact.unit ? `(${fact.unit})` : "";
  if (coded) fill(form.elements.code, [...fact.codes.map((code) => [code, code.replaceAll("_", " ")]), ["", said(panel, "unknown")]]);
}

// A number, a code, or null for "not known".
function valueOf(form, fact) {
  if (fact.codes?.length) return form.elements.code.value || null;
  const text = form.elements.value.value.trim().replace(",", ".");
  return text === "" ? null : Number(text);
}

async function ask(panel, fact, value) {
  const place = panel.querySelector("#what-if-answer");
  const bundle = await bundleOf(panel);
  const body = JSON.stringify({ bundle, as_of: panel.dataset.asOf, what_if: { [fact]: value } });
  const answer = await fetch(`/api/assess${location.search}`, { method: "POST", headers: json, body });
  const found = await answer.json();
  if (!answer.ok) {
    place.replaceChildren(element("p", "none", `${said(panel, "failed")} ${found.issue?.[0]?.diagnostics ?? answer.status}`));
    return;
  }
  place.replaceChildren(...shown(panel, found.what_if));
}

async function bundleOf(panel) {
  if (!panel.dataset.patient) return JSON.parse(document.getElementById("bundle").value);
  return (await fetch(`/workbench/patients/${panel.dataset.patient}`)).json();
}

function shown(panel, { standings = [], flips = [] }) {
  const lists = [];
  if (standings.length) lists.push(list(standings.map((one) => change(panel, `${one.trial} · ${said(panel, one.question)}`, one))));
  if (flips.length) lists.push(list(flips.map((one) => change(panel, `${one.trial} ${one.criterion}`, one))));
  return lists.length ? lists : [element("p", "none", said(panel, "none"))];
}

function change(panel, name, { from, to, because }) {
  const item = element("li", "", "");
  item.append(element("strong", "", name), ` ${said(panel, outcome(from))} → `, element("strong", "", said(panel, outcome(to))));
  if (because) item.append(element("span", "because", because));
  return item;
}

// An outcome "unknown" is an open criterion; a value "unknown" is one that is not known.
const outcome = (word) => (word === "unknown" ? "open" : word);

function list(items) {
  const found = element("ul", "changes", "");
  found.append(...items);
  return found;
}

function element(name, kind, text) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.textContent = text;
  return made;
}

// Texts stand in the page, in the reader's language.
function said(panel, word) {
  const words = panel.querySelector("#what-if-words").content;
  return words.querySelector(`[data-word="${word}"]`)?.textContent ?? word;
}
