// The amend dialog: terms, review, done. It stands outside what live updates morph, so that typing is never disturbed.
const dialog = document.getElementById("dialog");

/** Open the dialog from every button with data-amend, those that come later too. */
export function amendInDialog() {
  document.addEventListener("click", async (event) => {
    const opener = event.target.closest("[data-amend]");
    if (opener) await htmx.ajax("GET", opener.dataset.amend, { target: "#dialog", swap: "innerHTML" });
    else if (event.target.closest("#dialog [data-close]")) dialog.close();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target !== dialog) return;
    if (!dialog.open) dialog.showModal();
    (dialog.querySelector("[aria-invalid='true']") ?? dialog.querySelector("[autofocus]"))?.focus();
  });
}
