/* What all scripts of the map share: one object, the plane of the scenes, numbers as texts, elements. */
"use strict";
window.webMap = { folder: document.currentScript.src.replace(/[^/]*$/, "") };

/* Places are in units of the CRS: Leaflet's "lat" is y, its "lng" is x. */
webMap.makeCrs = function (plane) {
  const coarsest = plane.pixel * 2 ** plane.finest;
  return L.extend({}, L.CRS.Simple, {
    transformation: new L.Transformation(1 / coarsest, -plane.left / coarsest, -1 / coarsest, plane.top / coarsest),
    scale: (zoom) => 2 ** zoom,
    zoom: (scale) => Math.log2(scale),
    distance: (a, b) => Math.hypot(a.lng - b.lng, a.lat - b.lat) * webMap.metresPerUnit((a.lat + b.lat) / 2),
  });
};

/* Metres on the ground of a unit of the CRS at this y; Web Mercator stretches towards the poles. */
webMap.metresPerUnit = function (y) {
  const plane = webMap.content.plane;
  return plane.mercator ? 1 / Math.cosh(y / 6378137) : plane.metresPerUnit;
};

/* Side of a pixel at a zoom, in units of the CRS. */
webMap.pixelAt = (zoom) => webMap.content.plane.pixel * 2 ** (webMap.content.plane.finest - zoom);

webMap.number = function (value, digits) {
  if (value === null || !Number.isFinite(value)) return "–";
  const [whole, part] = value.toFixed(digits).split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, "\u202f") + (part ? "." + part : "");
};

/* An area in the unit that suits it: three digits that count. */
webMap.area = function (metres) {
  if (metres === null) return "–";
  if (webMap.content.plane.pixels) return webMap.number(metres, 0) + "\u202fpixels";
  const [value, unit] = metres >= 1e6 ? [metres / 1e6, "km²"] : metres >= 1e4 ? [metres / 1e4, "ha"] : [metres, "m²"];
  return webMap.number(value, value >= 100 ? 0 : value >= 10 ? 1 : 2) + "\u202f" + unit;
};

/* An element; attributes by name, children are elements or texts, and texts stay texts. */
webMap.make = function (tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "color") element.style.backgroundColor = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
};
