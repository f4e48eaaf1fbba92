// Comforts on top of pages that work without any script: the local copy of htmx when
// the CDN fails, copy buttons, answers that find their place, and a sentence when a
// request fails.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");

  const remote = document.querySelector("script[data-fallback]");
  const patience = 3000;
  let replaced = false;

  function loadLocalCopy() {
    if (window.htmx || replaced) return;
    replaced = true;
    // A script that has left its document never runs: a late answer of the CDN
    // must not start htmx a second time.
    document.implementation.createHTMLDocument("").adoptNode(remote);
    const local = document.createElement("script");
    local.src = remote.dataset.fallback;
    document.head.append(local);
  }

  if (remote) {
    remote.addEventListener("error", loadLocalCopy);
    setTimeout(loadLocalCopy, patience);
  }

  async function copy(button) {
    const value = button.closest(".copy").querySelector("code").textContent;
    await navigator.clipboard.writeText(value);
    const label = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = label; }, 2000);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-done]");
    if (button && button.textContent !== button.dataset.done) copy(button);
  });

  function showFailure() {
    const notice = document.createElement("div");
    notice.className = "notice error";
    notice.textContent = document.querySelector("meta[name=failure]").content;
    document.querySelector("#notices").replaceChildren(notice);
  }

  // htmx drops an answer whose target another answer has replaced meanwhile, without a
  // word. It belongs where that target stood; only what a part of the page has asked to
  // bring itself up to date is older than what has replaced it.
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (!ctx.target || ctx.target.isConnected || ctx.target === ctx.sourceElement) return;
    ctx.target = document.getElementById(ctx.target.id) || ctx.target;
  });

  document.addEventListener("htmx:error", showFailure);
  document.addEventListener("htmx:response:error", (event) => {
    if (event.detail.ctx.response.status >= 500) showFailure();
  });
})();
