/* What lies at a place: the class, area and probability of the polygons there. */
"use strict";
(function () {
  const { make } = webMap;
  let asked = 0;

  /* Layers of polygons that speak for what is shown; for imagery alone the topmost. */
  function speakers() {
    const { layers } = webMap.content, shown = webMap.shownLayers().filter((layer) => layer.of);
    const polygons = layers.filter((layer) => layer.kind === "polygons" || layer.kind === "objects").reverse();
    const chosen = polygons.filter((layer) => shown.some(({ of, date }) => of === layer.of && date === layer.date));
    const now = polygons.filter((layer) => webMap.isNow(layer) && !layer.change);
    return chosen.length ? chosen : now.filter((layer) => layer.family === now[0].family);
  }

  function describe(layer, hit) {
    const known = layer.legend[hit.piece.kind], objects = layer.kind === "objects";
    const { scenes } = webMap.content, scene = scenes.length > 1 ? ` · ${scenes[hit.scene].name}` : "";
    return make("div", { class: "finding" },
      make("p", { class: "soft" }, layer.of.replace(/^Objects: /, "") + scene),
      make("p", { class: "class" }, make("span", { class: "chip", color: known ? known.color : "#888" }), known ? known.name : "unknown class"),
      make("dl", {},
        make("dt", {}, "Area"), make("dd", {}, webMap.area(hit.piece.area)),
        ...(layer.change ? [] : [make("dt", {}, objects ? "Score" : "Probability"), make("dd", {}, webMap.number(hit.piece.share, 2))])));
  }

  /* Looks up a place, shows what is there beside the map, and draws the outline of the first. */
  webMap.identify = async function (place) {
    const round = asked += 1, box = document.getElementById("place");
    const findings = [];
    let first = null;
    for (const layer of speakers()) {
      const hits = await webMap.polygonsAt(layer, place);
      hits.forEach((hit) => findings.push(describe(layer, hit)));
      first = first || hits[0] || null;
    }
    const lines = first ? await webMap.outlineOf(first) : [];
    if (round !== asked) return;
    webMap.selection.clearLayers();
    if (first) {
      for (const style of [{ color: "#fff", weight: 5, opacity: 0.9 }, { color: "#111", weight: 2, opacity: 1 }]) {
        webMap.selection.addLayer(L.polyline(lines, { ...style, pane: "selection", interactive: false, smoothFactor: 0.6 }));
      }
    }
    box.replaceChildren(
      make("button", { type: "button", class: "close", "aria-label": "Close", onclick: webMap.forget }, "×"),
      ...(findings.length ? findings : [make("p", {}, "No polygon here.")]),
      make("p", { class: "soft" }, webMap.coordinates(place)));
    box.hidden = false;
  };

  webMap.forget = function () {
    asked += 1;
    webMap.selection.clearLayers();
    document.getElementById("place").hidden = true;
  };

  /* A place in words: degrees where the plane is Web Mercator, pixels of pictures, else units of its CRS. */
  webMap.coordinates = function (place) {
    const { plane, scenes } = webMap.content;
    if (plane.pixels) {
      const inside = ([left, bottom, right, top]) =>
        left <= place.lng && place.lng < right && bottom < place.lat && place.lat <= top;
      const scene = scenes.find((own) => inside(own.bounds));
      if (!scene) return "";
      const column = Math.floor(place.lng - scene.bounds[0]), row = Math.floor(scene.bounds[3] - place.lat);
      return `column ${webMap.number(column, 0)}, row ${webMap.number(row, 0)} of ${scene.name}`;
    }
    if (!plane.mercator) return `${webMap.number(place.lng, 1)}, ${webMap.number(place.lat, 1)} (${plane.name})`;
    const degrees = L.Projection.SphericalMercator.unproject(L.point(place.lng, place.lat));
    return `${Math.abs(degrees.lat).toFixed(5)}° ${degrees.lat < 0 ? "S" : "N"}, ${Math.abs(degrees.lng).toFixed(5)}° ${degrees.lng < 0 ? "W" : "E"}`;
  };
})();
