// The integrator's panel: sends the request to the service of this page, times it, and copies it as a curl command.
const $ = (id) => document.getElementById(id);
const END = "TRIAL_HOOKS_REQUEST";

document.querySelectorAll(".scripted").forEach((part) => { part.hidden = false; });
const fitting = document.querySelector("#service-id option[data-fits]");
if (fitting) fitting.selected = true;

const address = () => `${location.origin}/cds-services/${$("service-id").value}`;

$("send").addEventListener("click", async () => {
  $("send").disabled = true;
  const began = performance.now();
  try {
    const answer = await fetch(address(), { method: "POST", headers: { "Content-Type": "application/json" }, body: $("request").value });
    const text = await answer.text();
    show(answer, text, performance.now() - began);
  } catch (error) {
    show({ status: String(error), headers: new Headers() }, "", performance.now() - began);
  }
  $("send").disabled = false;
});

function show(answer, text, milliseconds) {
  const body = parsed(text);
  $("status").textContent = answer.status;
  $("card-count").textContent = body?.cards?.length ?? "–";
  $("server-time").textContent = /dur=([\d.]+)/.exec(answer.headers.get("Server-Timing") ?? "")?.[1] ?? "–";
  $("round-trip").textContent = milliseconds.toFixed(1);
  $("size").textContent = (text.length / 1000).toFixed(1);
  $("answer-body").textContent = body ? JSON.stringify(body, null, 2) : text;
  $("unsent").hidden = true;
  $("answer").hidden = false;
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}

$("copy").addEventListener("click", async () => {
  const command = `curl -s -H 'Content-Type: application/json' --data-binary @- '${address()}' <<'${END}'\n${$("request").value}\n${END}\n`;
  const place = $("copied");
  try {
    await navigator.clipboard.writeText(command);
    place.textContent = place.dataset.done;
  } catch {
    $("curl").hidden = false;
    $("curl").querySelector("code").textContent = command;
    place.textContent = place.dataset.failed;
  }
});
document.documentElement.dataset.ready = "yes";
