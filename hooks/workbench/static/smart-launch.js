// To the EHR's login: public client with PKCE and state (SMART App Launch 2.2). The library keeps both in this tab.
const place = document.getElementById("smart-launch");
const launch = new URLSearchParams(location.search).get("launch") ?? undefined;
// The library prefers what the address says (iss, clientId, …) to what it is told: leave it nothing to read there.
history.replaceState(null, "", location.pathname);

function failed(error) {
  const text = document.getElementById("smart-failed").content.textContent;
  document.getElementById("smart-status").textContent = `${text} ${error.message}`;
}

FHIR.oauth2.authorize({
  iss: place.dataset.server,
  launch,
  clientId: place.dataset.clientId,
  scope: place.dataset.scope,
  redirectUri: new URL(place.dataset.back, location.href).href,
  pkceMode: "required",
}).catch(failed);
