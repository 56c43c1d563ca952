/* The map: layers in panes of their own, and a state that the address of the page holds. */
"use strict";
(function () {
  const { content, swipe } = webMap, { plane, layers, families, dates, scenes } = content;
  webMap.greatestZoom = plane.finest + 4;
  const boxes = scenes.map(({ bounds: [left, bottom, right, top] }) => L.latLngBounds([bottom, left], [top, right]));
  const everything = boxes.reduce((all, box) => all.extend(box), L.latLngBounds(boxes[0].getSouthWest(), boxes[0].getNorthEast()));
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = webMap.map = L.map("map", {
    crs: webMap.makeCrs(plane), minZoom: 0, maxZoom: webMap.greatestZoom, attributionControl: false, zoomControl: false,
    maxBounds: everything.pad(1), fadeAnimation: !still, zoomAnimation: !still, inertia: !still,
  });
  L.control.zoom({ position: "topright" }).addTo(map);
  if (!webMap.content.plane.pixels) L.control.scale({ imperial: false, maxWidth: 140, position: "bottomleft" }).addTo(map);

  function addLayers() {
    layers.forEach((layer, number) => {
      layer.pane = `layer-${number}`;
      const pane = map.createPane(layer.pane);
      pane.style.zIndex = 200 + number;
      pane.classList.add(layer.kind);
      const outlined = layer.kind === "polygons" || layer.kind === "objects";
      layer.group = outlined ? webMap.makeOutlines(layer, layer.pane) : webMap.makePictures(layer, layer.pane);
    });
    const pane = map.createPane("selection");
    pane.style.zIndex = 200 + layers.length;
    pane.style.pointerEvents = "none";
    webMap.selection = L.layerGroup().addTo(map);
  }

  /* Layers on the map now: while two are compared, those and the imagery. */
  webMap.shownLayers = () => layers.filter((layer, number) =>
    (swipe.on ? webMap.sidesOf(layer, number).length : layer.family.shown && webMap.isNow(layer)));

  /* Changes the state by `work`, and the map with it. */
  webMap.change = function (work) {
    work();
    const shown = new Set(webMap.shownLayers());
    for (const layer of layers) {
      if (shown.has(layer) !== map.hasLayer(layer.group)) map[shown.has(layer) ? "addLayer" : "removeLayer"](layer.group);
      map.getPane(layer.pane).style.opacity = swipe.on ? 1 : layer.family.opacity;
    }
    families.forEach((family) => family.update());
    webMap.updateDates();
    webMap.buildLegend();
    webMap.updateSwipe();
    webMap.tell();
  };

  /* Says what is not drawn at this zoom, and writes the state to the address. */
  webMap.tell = function () {
    const far = webMap.shownLayers().some((layer) => (layer.kind === "polygons" || layer.kind === "objects") && webMap.tooFar(layer, map.getZoom()));
    const hint = far ? "Zoom in to see outlines" : "";
    const box = document.getElementById("hint");
    if (box.textContent !== hint) box.textContent = hint;
    clearTimeout(webMap.writing);
    webMap.writing = setTimeout(writeAddress, 200);
  };

  /* Shows a scene by its number, at its date and above those that it overlaps, or all. */
  webMap.goTo = function (scene) {
    webMap.front = String(scene);
    const { date } = scenes[scene] || {};
    if (date !== undefined) webMap.change(() => { webMap.date = date; });
    for (const layer of layers) {
      Object.entries(layer.scenes).forEach(([number, part]) => part.layer.setZIndex(number === webMap.front ? 2 : 1));
    }
    map.fitBounds(scene === "all" ? everything : boxes[scene], { padding: [12, 12], animate: false });
  };

  function writeAddress() {
    const centre = map.getCenter(), digits = plane.pixel < 0.01 ? 4 : 2;
    const on = families.filter((family) => family.shown).map((family) => `${encodeURIComponent(family.key)}:${Math.round(family.opacity * 100)}`);
    const parts = [`x=${centre.lng.toFixed(digits)}`, `y=${centre.lat.toFixed(digits)}`, `z=${map.getZoom()}`];
    if (dates.length) parts.push(`date=${webMap.date}`);
    parts.push(`layers=${on.join(",")}`);
    if (swipe.on) {
      const sides = [swipe.left, swipe.right].map((number) => encodeURIComponent(layers[number].key));
      parts.push(`swipe=${sides.join(",")},${Math.round(swipe.position * 100)}`);
    }
    const hash = `#${parts.join("&")}`;
    if (hash === location.hash) return;
    webMap.written = hash;
    history.replaceState(null, "", hash);
  }

  /* Takes the state of the address; what it does not name, or names in vain, stays as it is. */
  function readAddress() {
    const given = new Map(location.hash.slice(1).split("&").map((part) => part.split(/=(.*)/).slice(0, 2)));
    const text = (part) => { try { return decodeURIComponent(part); } catch { return ""; } };
    const place = ["y", "x", "z"].map((name) => parseFloat(given.get(name)));
    if (place.every(Number.isFinite)) map.setView([place[0], place[1]], Math.min(webMap.greatestZoom, Math.max(0, place[2])), { animate: false });
    if (dates[given.get("date")]) webMap.date = Number(given.get("date"));
    if (given.has("layers")) {
      const on = new Map(given.get("layers").split(",").map((part) => part.split(":")).map(([key, share]) => [text(key), parseFloat(share)]));
      for (const family of families) {
        family.shown = on.has(family.key);
        family.details.open ||= family.shown;
        if (on.get(family.key) >= 0) family.opacity = Math.min(1, on.get(family.key) / 100);
      }
    }
    const [left, right, position] = (given.get("swipe") || "").split(",");
    const sides = [left, right].map((key) => layers.findIndex((layer) => layer.key === text(key || "")));
    swipe.on = sides.every((number) => number >= 0);
    if (swipe.on) Object.assign(swipe, { left: sides[0], right: sides[1], position: Math.min(1, Math.max(0, parseFloat(position) / 100 || 0)) });
    return place.every(Number.isFinite);
  }

  addLayers();
  webMap.buildPanel();
  webMap.buildDates();
  webMap.buildSwipe();
  webMap.goTo(content.opensOnAll ? "all" : 0);
  webMap.date = dates.length - 1;
  const elsewhere = readAddress();
  const select = document.getElementById("scene");
  if (select) select.value = elsewhere ? "" : content.opensOnAll ? "all" : 0;
  map.on("moveend zoomend", webMap.tell);
  map.on("click", (event) => webMap.identify(event.latlng));
  map.on("mousemove", (event) => { document.getElementById("coordinates").textContent = webMap.coordinates(event.latlng); });
  const box = map.getContainer(), keys = (used) => box.parentElement.classList.toggle("keys", used);
  box.addEventListener("pointerdown", () => keys(false));
  box.addEventListener("keyup", () => keys(true));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === box) webMap.identify(map.getCenter());
    if (event.key === "Escape") webMap.forget();
  });
  window.addEventListener("hashchange", () => { if (location.hash !== webMap.written) webMap.change(readAddress); });
  webMap.change(() => {});
  document.body.classList.add("ready");
})();
