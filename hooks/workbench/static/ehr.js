// The EHR-like client: what happens when a chart is opened or an order signed.
import { cardOf } from "./ehr-card.js";
import { call, discovery, rendered, sample } from "./ehr-calls.js";
import { element, said } from "./ehr-parts.js";

const $ = (id) => document.getElementById(id);
const patient = () => $("ehr-patient").selectedOptions[0];
let services = [];

function choose() {
  const { hooks, who, day } = patient().dataset;
  $("ehr-who").textContent = `${who} (${day})`;
  document.querySelectorAll("#ehr-form [data-hook]").forEach((button) => {
    button.disabled = !hooks.split(" ").includes(button.dataset.hook);
  });
  drafts([]);
  $("record").replaceChildren(element("li", "none", said("none")));
}

function drafts(orders) {
  const shown = orders.map((order) => element("li", "", nameOf(order)));
  $("drafts").replaceChildren(...(shown.length ? shown : [element("li", "none", said("none"))]));
}

function nameOf({ resourceType, code, medicationCodeableConcept: drug }) {
  const concept = drug ?? code;
  return `${resourceType}: ${concept?.text ?? concept?.coding?.[0]?.display ?? ""}`;
}

async function fire(hook) {
  const place = $("ehr-cards");
  const request = await sample(`${patient().value}.${hook}`);
  $("cards-hook").textContent = hook;
  drafts((request.context.draftOrders?.entry ?? []).map((entry) => entry.resource));
  const answers = [];
  for (const service of services.filter((one) => one.hook === hook)) answers.push([service, await call(service, request)]);
  const found = answers.flatMap(([service, { body }]) => (body?.cards ?? []).map((card) => [service, card]));
  const html = await rendered(found.map(([, card]) => card.detail ?? ""));
  const refused = answers.filter(([, { ok }]) => !ok).map(([service, { body, status }]) =>
    element("p", "none", `${service.id}: ${said("refused")} ${body?.issue?.[0]?.diagnostics ?? status}`));
  const cards = found.map(([service, card], number) => cardOf(service, card, html[number]));
  const nothing = cards.length || refused.length ? [] : [element("p", "none", said("no-cards"))];
  place.replaceChildren(...refused, ...cards, ...nothing);
}

async function start() {
  services = await discovery();
  $("ehr-patient").addEventListener("change", choose);
  $("ehr-form").addEventListener("submit", (event) => { event.preventDefault(); fire("patient-view"); });
  document.querySelectorAll("#ehr-form button[type=button]").forEach((button) =>
    button.addEventListener("click", () => fire(button.dataset.hook)));
  choose();
  document.querySelector(".ehr").hidden = false;
  document.documentElement.dataset.ready = "yes";
}

start();
