/* Dates: places that have several show one at a time, and layers are cut into one for each date. */
"use strict";
(function () {
  const { content, make } = webMap, { dates, scenes } = content;
  webMap.date = dates.length - 1;
  content.families = content.layers;

  /* The layers of a family: that of each date, and that of scenes without dates. Change has both dates in one. */
  function cut(family) {
    const of = (date) => Object.fromEntries(Object.entries(family.scenes).filter(([scene]) => scenes[scene].date === date));
    const part = (own, changes) => ({ ...family, ...changes, family, scenes: own });
    if (family.change || !dates.length) return [part(family.scenes, {})];
    const dated = dates.map((title, date) => part(of(date), { date, key: `${family.key}@${date}`, title: `${title} · ${family.title}` }));
    return [part(of(undefined), {}), ...dated].filter((layer) => Object.keys(layer.scenes).length);
  }
  content.layers = content.layers.flatMap(cut);

  /* Whether a layer belongs to the date that is chosen. */
  webMap.isNow = (layer) => layer.date === undefined || layer.date === webMap.date;

  /* Chooses a date by its number. */
  webMap.buildDates = function () {
    if (dates.length < 2) return;
    const slider = make("input", {
      id: "date", type: "range", min: 0, max: dates.length - 1, step: 1,
      oninput: () => webMap.change(() => { webMap.date = Number(slider.value); }),
    });
    const told = make("output", { for: "date" });
    document.getElementById("dates").append(make("label", { for: "date" }, "Date"), slider, told);
    webMap.updateDates = function () {
      slider.value = webMap.date;
      slider.setAttribute("aria-valuetext", dates[webMap.date]);
      told.textContent = dates[webMap.date];
    };
  };
  webMap.updateDates = () => {};
})();
