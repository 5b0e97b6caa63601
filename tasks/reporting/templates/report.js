"use strict";
(function () {
  const specs = JSON.parse(document.getElementById("specs").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const options = {
    mode: "vega-lite",
    renderer: "svg",
    actions: false,
    ast: true,
    tooltip: { theme: dark ? "dark" : "light" },
  };

  // A chart is drawn once its place has a width: those inside a closed <details> wait until it opens.
  function draw(box) {
    if (box.dataset.drawn || !box.clientWidth) return;
    box.dataset.drawn = "yes";
    const still = box.querySelector(".static");
    const live = document.createElement("div");
    live.className = "live";
    box.appendChild(live);
    const spec = Object.assign({}, specs[box.dataset.chart], { width: "container" });
    window.vegaEmbed(live, spec, options).then(
      function () { still.hidden = true; },
      function (error) { live.remove(); console.error(error); }
    );
  }

  function drawAll() { document.querySelectorAll("[data-chart]").forEach(draw); }

  document.querySelectorAll("details").forEach(function (part) { part.addEventListener("toggle", drawAll); });
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (part) { part.open = true; });
  });
  function follow() {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const closed = target && target.closest("details");
    if (closed) { closed.open = true; target.scrollIntoView(); }
  }
  window.addEventListener("hashchange", follow);
  follow();
  drawAll();
})();
