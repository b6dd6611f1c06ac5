// One card: its text, links and suggestions, how it is accepted or overridden, and what the service says to that.
import { feedback } from "./ehr-calls.js";
import { element, json, said } from "./ehr-parts.js";

export function cardOf(service, card, html) {
  const shown = document.getElementById("card-template").content.firstElementChild.cloneNode(true);
  shown.classList.add(card.indicator);
  shown.querySelector("h3").textContent = card.summary;
  shown.querySelector(".detail").innerHTML = html;
  if (!card.detail) shown.querySelector("details").remove();
  shown.querySelector(".links").append(...links(card));
  shown.querySelector(".suggestions").append(...(card.suggestions ?? []).map((one) => suggestion(service, card, shown, one)));
  override(service, card, shown);
  return shown;
}

function links({ source, links: others = [] }) {
  const all = [{ label: source.label, url: source.url }, ...others].map((link) => {
    if (!/^https?:/.test(link.url ?? "")) return element("span", "", link.label);
    const anchor = element("a", "", link.label);
    Object.assign(anchor, { href: link.url, target: "_blank", rel: "noreferrer" });
    if (link.type === "smart") anchor.title = said("smart");
    return anchor;
  });
  return [`${said("source")} `, ...all.flatMap((one, number) => (number ? [" · ", one] : [one]))];
}

function suggestion(service, card, shown, one) {
  const row = element("div", "suggestion"), button = element("button", "", one.label), actions = element("ul", "soft");
  button.type = "button";
  actions.append(...(one.actions ?? []).map((action) => element("li", "", action.description)));
  row.append(button, ...(one.isRecommended ? [" ", element("small", "soft", said("recommended"))] : []), actions);
  button.addEventListener("click", async () => {
    record(one.actions ?? []);
    const others = card.selectionBehavior === "any" ? [button, shown.querySelector(".override button")] : shown.querySelectorAll("button");
    close(others);
    const entry = { card: card.uuid, outcome: "accepted", acceptedSuggestions: [{ id: one.uuid }] };
    became(shown, "accepted", await feedback(service, entry));
  });
  return row;
}

// Suggestions are applied to the record that this client pretends to have.
function record(actions) {
  const list = document.getElementById("record");
  list.querySelector(".none")?.remove();
  for (const { type, description, resource, resourceId } of actions) {
    const entry = element("details", "group"), name = `${type} ${resource?.resourceType ?? resourceId}: ${description}`;
    entry.append(element("summary", "", name), ...(resource ? [json(resource)] : []));
    const item = element("li", "");
    item.append(entry);
    list.append(item);
  }
}

function override(service, card, shown) {
  const form = shown.querySelector(".override"), reasons = card.overrideReasons ?? [];
  form.elements.reason.append(new Option(said("no-reason"), ""), ...reasons.map((one, number) => new Option(one.display, number)));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = reasons[form.elements.reason.value], userComment = form.elements.comment.value.trim();
    const why = { ...(chosen && { reason: { code: chosen.code, system: chosen.system } }), ...(userComment && { userComment }) };
    close(shown.querySelectorAll("button"));
    const overrideReason = Object.keys(why).length ? { overrideReason: why } : {};
    became(shown, "overridden", await feedback(service, { card: card.uuid, outcome: "overridden", ...overrideReason }));
  });
}

function close(buttons) {
  buttons.forEach((button) => { button.disabled = true; });
}

function became(shown, outcome, { status }) {
  shown.querySelector(".became").textContent = said(outcome, { status });
}
