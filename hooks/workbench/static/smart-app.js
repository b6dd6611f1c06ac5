// Back from the login: the code becomes a token here, and the token goes to our server once, in a form, never in an address.
const status = document.getElementById("smart-status");
const say = (id) => { status.textContent = document.getElementById(id).content.textContent; };

// CDS Hooks 2.0, "Launching SMART apps": the card's appContext comes back beside the token, as text.
function trialOf(appContext) {
  try {
    return String(JSON.parse(appContext ?? "{}").trial ?? "");
  } catch {
    return "";
  }
}

try {
  const client = await FHIR.oauth2.ready();
  const answer = client.state.tokenResponse ?? {};
  if (client.patient.id) {
    const form = document.getElementById("smart-view");
    const values = {
      fhirServer: client.state.serverUrl,
      access_token: answer.access_token,
      scope: answer.scope ?? "",
      patient: client.patient.id,
      trial: trialOf(answer.appContext),
    };
    for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
    form.submit();
  } else {
    say("smart-no-patient");
  }
} catch {
  say("smart-failed");
} finally {
  // The library keeps the token here, whatever came of the login.
  sessionStorage.clear();
}
