// The venues: asked for again every two seconds while the page is seen; what is unfolded stays so.
import { refresh } from "./live.js";

const REFRESH_MS = 2000;
const venues = document.getElementById("venues");

Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, element) => !(name === "open" && element instanceof HTMLDetailsElement);
setInterval(() => { if (!document.hidden) refresh(venues); }, REFRESH_MS);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(venues); });
