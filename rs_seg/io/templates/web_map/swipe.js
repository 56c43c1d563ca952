/* Comparing two layers: one on each side of a line that is moved over the map. */
"use strict";
(function () {
  const { make } = webMap;
  const state = webMap.swipe = { on: false, left: 0, right: 0, position: 0.5 };
  let handle, chips, selects, buttons;

  /* What stands on the sides at first: the reference, else the imagery, and the best map; of two dates, the map of both. */
  function chooseSides() {
    const { layers } = webMap.content;
    const find = (test) => layers.findLastIndex(test);
    const map = find((layer) => layer.kind === "classes" && layer.of && !layer.change);
    const first = layers.findIndex((layer) => map >= 0 && layer.date === 0 && layer.family === layers[map].family);
    const other = [first, find((layer) => layer.key === "reference"), find((layer) => layer.kind === "imagery"), 0];
    state.left = other.find((number) => number >= 0);
    state.right = map >= 0 ? map : layers.length - 1;
  }

  function select(side, title) {
    const list = make("select", { id: `swipe-${side}`, onchange: () => webMap.change(() => { state[side] = Number(list.value); }) },
      ...webMap.content.layers.map((layer, number) => make("option", { value: number }, layer.title)).reverse());
    return [list, make("p", { class: "side" }, make("label", { for: `swipe-${side}` }, title), list)];
  }

  function move(position) {
    webMap.change(() => { state.position = Math.min(1, Math.max(0, position)); });
  }

  function press(event) {
    const steps = { ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation();
    move(state.position + steps[event.key]);
  }

  function drag(event) {
    const { left, width } = webMap.map.getContainer().getBoundingClientRect();
    if (handle.hasPointerCapture(event.pointerId)) move((event.clientX - left) / width);
  }

  webMap.buildSwipe = function () {
    chooseSides();
    const modes = document.getElementById("modes");
    buttons = ["Layers", "Compare"].map((title, number) => make("button", {
      type: "button", "aria-pressed": "false", onclick: () => webMap.change(() => { state.on = number === 1; }),
    }, title));
    const [left, leftRow] = select("left", "Left"), [right, rightRow] = select("right", "Right");
    selects = make("div", { id: "sides" }, leftRow, rightRow,
      make("p", { class: "soft" }, "Move the line over the map, with the pointer or with the arrow keys."));
    Object.assign(selects, { left, right });
    modes.append(...buttons);
    modes.after(selects);
    handle = make("div", {
      id: "handle", role: "slider", tabindex: 0, "aria-label": "Line between the two layers", "aria-valuemin": 0, "aria-valuemax": 100,
      onkeydown: press, onpointermove: drag, onpointerdown: (event) => handle.setPointerCapture(event.pointerId),
    }, make("span", {}));
    chips = [make("span", { class: "chip-left" }), make("span", { class: "chip-right" })];
    document.querySelector("main").append(handle, ...chips);
    webMap.map.on("move zoomend resize viewreset", clip);
  };

  /* The sides, 0 and 1, on which a layer is seen: imagery lies below all else of its date. */
  webMap.sidesOf = function (layer, number) {
    const { layers } = webMap.content, chosen = [state.left, state.right];
    const below = layer.kind === "imagery" && (layer.family.shown || chosen.includes(number));
    const alike = (other) => (other.date === undefined ? webMap.isNow(layer) : layer.date === undefined || layer.date === other.date);
    return [0, 1].filter((side) => chosen[side] === number || (below && alike(layers[chosen[side]])));
  };

  /* Cuts the panes of both layers at the line, and imagery where it lies below one of them only. */
  function clip() {
    const { map, content } = webMap, size = map.getSize(), middle = state.position * size.x;
    const corner = (x, y) => { const point = map.containerPointToLayerPoint([x, y]); return `${point.x}px ${point.y}px`; };
    const box = (x, end) => `polygon(${[corner(x, 0), corner(end, 0), corner(end, size.y), corner(x, size.y)].join(",")})`;
    content.layers.forEach((layer, number) => {
      const sides = state.on ? webMap.sidesOf(layer, number) : [];
      map.getPane(layer.pane).style.clipPath = sides.length !== 1 ? "" : sides[0] ? box(middle, size.x) : box(0, middle);
    });
  }

  webMap.updateSwipe = function () {
    const { layers } = webMap.content;
    buttons.forEach((button, number) => button.setAttribute("aria-pressed", String((number === 1) === state.on)));
    document.body.classList.toggle("comparing", state.on);
    handle.style.left = `${state.position * 100}%`;
    handle.setAttribute("aria-valuenow", Math.round(state.position * 100));
    for (const [number, side] of ["left", "right"].entries()) {
      selects[side].value = state[side];
      chips[number].textContent = layers[state[side]].title;
      chips[number].style.maxWidth = `calc(${(number ? 1 - state.position : state.position) * 100}% - 1.5rem)`;
    }
    clip();
  };
})();
