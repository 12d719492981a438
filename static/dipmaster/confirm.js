// A form with data-confirm asks first. The safe answer comes first and has the focus; the browser traps and returns it.
const dialog = document.getElementById("dialog");

function button(text, kind, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `btn ${kind}`;
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function ask(form) {
  const body = document.createElement("div");
  body.className = "dialog-body";
  const title = document.createElement("h2");
  title.id = "dialog-title";
  title.textContent = form.dataset.title;
  const text = document.createElement("p");
  text.className = "soft";
  text.textContent = form.dataset.text;
  body.append(title, text);
  const foot = document.createElement("div");
  foot.className = "dialog-foot";
  const keep = button(form.dataset.keepWord, "", () => dialog.close());
  foot.append(keep, button(form.dataset.doWord, form.dataset.doKind ?? "btn-danger", (event) => { event.target.disabled = true; form.submit(); }));
  dialog.replaceChildren(body, foot);
  dialog.showModal();
  keep.focus();
}

/** Have every form with data-confirm ask first, those that come later too. */
export function confirmForms() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-confirm]")) return;
    event.preventDefault();
    ask(event.target);
  });
}
