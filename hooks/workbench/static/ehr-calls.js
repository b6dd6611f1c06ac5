// What this client says to the service: discovery, hooks, feedback. Every call is logged on the page.
import { element, json } from "./ehr-parts.js";

const HEADERS = { "Content-Type": "application/json" };

async function exchange(method, path, sent) {
  const began = performance.now();
  const answer = await fetch(path, sent ? { method, headers: HEADERS, body: JSON.stringify(sent) } : { method });
  const text = await answer.text();
  const body = text ? JSON.parse(text) : null;
  log(method, path, answer, performance.now() - began, sent, body);
  return { ok: answer.ok, status: answer.status, body };
}

function log(method, path, answer, milliseconds, sent, body) {
  const entry = element("details", "group");
  const served = /dur=([\d.]+)/.exec(answer.headers.get("Server-Timing") ?? "")?.[1];
  const times = `${milliseconds.toFixed(0)} ms${served ? ` (${served})` : ""}`;
  entry.append(element("summary", "", `${method} ${path} → ${answer.status}, ${times}`));
  if (sent) entry.append(json(sent));
  if (body) entry.append(json(body));
  const item = element("li", "");
  item.append(entry);
  document.getElementById("log").prepend(item);
}

export async function discovery() {
  return (await exchange("GET", "/cds-services")).body.services;
}

export async function sample(name) {
  return (await fetch(`/workbench/requests/${name}`)).json();
}

export function call(service, request) {
  return exchange("POST", `/cds-services/${service.id}${location.search}`, { ...request, hookInstance: uuid() });
}

export function feedback(service, entry) {
  const outcomeTimestamp = new Date().toISOString();
  return exchange("POST", `/cds-services/${service.id}/feedback`, { feedback: [{ ...entry, outcomeTimestamp }] });
}

// Cards carry Markdown. The service of this page renders it, with every HTML in it shown as text.
export async function rendered(texts) {
  if (!texts.length) return [];
  const answer = await fetch("/workbench/markdown", { method: "POST", headers: HEADERS, body: JSON.stringify({ texts }) });
  return (await answer.json()).html;
}

// crypto.randomUUID is there on https and on this machine only; a sandbox may be shown from another.
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
