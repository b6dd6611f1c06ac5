// "What if this value were another?": asks POST /api/assess with `what_if` and shows which criteria flip, without
// loading the page anew. Without this script the form does the same by asking for the page.

export function whatIf(panel) {
  if (!panel) return;
  const fact = panel.querySelector("#what-if-fact"), value = panel.querySelector("#what-if-value");
  const offer = () => {
    const { codes, values } = fact.selectedOptions[0].dataset, offered = (codes || values).split(" ").filter(Boolean);
    panel.querySelector("#what-if-codes").replaceChildren(...offered.map((one) => new Option(one.replaceAll("_", " "))));
    value.inputMode = codes ? "text" : "decimal";
  };
  fact.addEventListener("change", () => { value.value = ""; offer(); });
  offer();
  panel.querySelector("button").addEventListener("click", (event) => {
    event.preventDefault();
    ask(panel, fact.selectedOptions[0], value.value.trim());
  });
}

// A number, a code, or null for "not known"; what is neither goes as it is, for the service to judge.
function typed(option, text) {
  if (text === "") return null;
  if (option.dataset.codes) return text.toLowerCase().replaceAll(" ", "_");
  return /^[+-]?\d{1,15}([.,]\d{1,15})?$/.test(text) ? Number(text.replace(",", ".")) : text;
}

async function ask(panel, option, text) {
  const place = panel.querySelector("#what-if-answer"), bundle = await bundleOf(panel);
  if (!bundle) {
    panel.querySelector("button").form.submit();
    return;
  }
  const body = JSON.stringify({ bundle, as_of: panel.dataset.asOf, forecast: false, what_if: { [option.value]: typed(option, text) } });
  const lang = document.documentElement.lang;
  const answer = await fetch(`/api/assess?lang=${lang}`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  const found = await answer.json();
  if (answer.ok) place.replaceChildren(...shown(panel, found.what_if));
  else place.replaceChildren(element("p", "none", refusal(panel, option, answer.status, found)));
}

// What to type instead; the API's own words are for programs.
function refusal(panel, option, status, { issue }) {
  const isOfTheValue = issue?.[0]?.diagnostics?.startsWith("what_if:");
  return isOfTheValue ? option.dataset.needs : `${said(panel, "failed")} ${status}`;
}

// The chart that the page shows. Outside a demonstration none is handed out: then the page itself is asked.
async function bundleOf(panel) {
  if (!panel.dataset.patient) return JSON.parse(document.getElementById("bundle").value);
  const answer = await fetch(`/workbench/patients/${panel.dataset.patient}`);
  return answer.ok ? answer.json() : null;
}

function shown(panel, { standings, flips }) {
  const changed = standings.filter(({ from, to }) => from !== to);
  const list = element("ul", "changes");
  list.append(
    ...changed.map((one) => change(panel, `${one.trial} · ${said(panel, one.question)}:`, one, `${one.question}.`)),
    ...flips.map((one) => change(panel, `${one.trial} ${one.criterion}:`, one)),
  );
  return flips.length ? [list] : [list, element("p", "none", said(panel, "none"))];
}

// A standing is worded by its question: "cannot tell yet whether crossing over is possible".
function change(panel, name, { from, to, because }, of = "") {
  const item = element("li", "");
  item.append(element("strong", "", name), ` ${said(panel, of + from)} → `, element("strong", "", said(panel, of + to)));
  if (because) item.append(element("span", "because", because));
  return item;
}

function element(name, kind, text = "") {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.textContent = text;
  return made;
}

// Texts stand in the page, in the reader's language.
function said(panel, word) {
  return panel.querySelector("#what-if-words").content.querySelector(`[data-word="${word}"]`)?.textContent ?? word;
}
