/* The panel: scenes to go to, layers with their opacity, and the legend of what is shown. */
"use strict";
(function () {
  const { make } = webMap;
  const groups = [
    ["objects", "Objects"], ["change", "Change"], ["polygons", "Outlines"], ["classes", "Maps"], ["confidence", "Confidence"], ["ground", "Ground"],
  ];
  const groupOf = (layer) => (layer.change ? "change" : layer.kind === "imagery" || layer.key === "reference" ? "ground" : layer.kind);
  const shortTitle = (layer) => layer.title.replace(/^(Map|Confidence|Outlines|Objects|Change): /, "");

  function row(layer) {
    const opacity = make("input", {
      type: "range", min: 0, max: 100, step: 5, "aria-label": `Opacity of ${layer.title}`,
      oninput: () => webMap.change(() => { layer.opacity = opacity.value / 100; }),
    });
    const box = make("input", {
      type: "checkbox", onchange: () => webMap.change(() => { layer.shown = box.checked; }),
    });
    layer.update = () => {
      box.checked = layer.shown;
      opacity.value = Math.round(layer.opacity * 100);
      opacity.hidden = !layer.shown;
    };
    return make("li", {}, make("label", {}, box, make("span", {}, shortTitle(layer))), opacity);
  }

  function group([kind, title]) {
    const own = webMap.content.families.filter((layer) => groupOf(layer) === kind).reverse();
    if (!own.length) return "";
    const open = own.some((layer) => layer.shown) || own.length < 3 || ["ground", "change"].includes(kind);
    const details = make("details", { open }, make("summary", {}, title), make("ul", {}, ...own.map(row)));
    own.forEach((layer) => { layer.details = details; });
    return details;
  }

  webMap.buildPanel = function () {
    const { scenes, leftOut } = webMap.content;
    if (scenes.length > 1) {
      const select = make("select", { id: "scene", onchange: () => webMap.goTo(select.value) },
        make("option", { value: "", disabled: true, hidden: true }, "Choose a scene"),
        make("option", { value: "all" }, "All scenes"),
        ...scenes.map((scene, number) => make("option", { value: number }, scene.name)));
      document.getElementById("go-to").append(make("label", { for: "scene" }, "Go to"), select);
    }
    document.getElementById("layers").append(...groups.map(group));
    const button = document.getElementById("panel-button");
    button.addEventListener("click", () => {
      const open = document.body.classList.toggle("open");
      button.setAttribute("aria-expanded", open);
    });
    if (leftOut) document.getElementById("note").textContent = `Maps that only map.qgz has: ${leftOut}`;
  };

  /* The legend of what is shown, each class once. */
  webMap.buildLegend = function () {
    const { layers, ramp } = webMap.content, shown = webMap.shownLayers();
    const known = new Map();
    const speaking = shown.some((layer) => layer.legend.length) ? shown : layers;
    speaking.forEach((layer) => layer.legend.forEach((own) => known.set(own.listed || own.name, own)));
    const classes = make("ul", {}, ...[...known].map(([name, { color, filled }]) =>
      make("li", {}, make("span", filled ? { class: "chip", color } : { class: "chip hollow" }), make("span", {}, name))));
    const parts = [make("h2", {}, "Legend"), classes];
    if (shown.some((layer) => layer.kind === "confidence")) {
      const bar = make("div", { class: "ramp" }, ...ramp.map((color) => make("span", { color })));
      parts.push(make("p", { class: "ramp-title" }, "Confidence"), bar,
        make("p", { class: "ends soft" }, make("span", {}, "0"), make("span", {}, "1")));
    }
    document.getElementById("legend").replaceChildren(...parts);
  };
})();
