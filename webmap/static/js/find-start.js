// The first step: the device's position, asked for only when the button is pressed.
const DECIMALS = 4; // about 10 m: no device knows more, and nothing more is sent
const button = document.querySelector("[data-locate]");
const fault = document.querySelector("[data-locate-fault]");
const why = document.querySelector("[data-locate-why]");

if (button !== null && "geolocation" in navigator) {
  button.hidden = false;
  why.hidden = false;
  button.addEventListener("click", () => {
    button.setAttribute("aria-busy", "true");
    fault.hidden = true;
    navigator.geolocation.getCurrentPosition(go, tell, { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 });
  });
}

function go({ coords }) {
  const query = new URLSearchParams({ lon: coords.longitude.toFixed(DECIMALS), lat: coords.latitude.toFixed(DECIMALS) });
  location.assign(`${button.dataset.near}?${query}`);
}

function tell(reason) {
  button.removeAttribute("aria-busy");
  fault.textContent = reason.code === reason.PERMISSION_DENIED ? fault.dataset.denied : fault.dataset.failed;
  fault.hidden = false;
}
